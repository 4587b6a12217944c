/** A fault that the user can do something about: the message says what, which one, and what next. Everything else that is thrown is a bug. */
export class InstanceError extends Error {
    override readonly name = "InstanceError";
}

/** Made, but not as it should be; Pulumi keeps it in the state, and the next `up` mends it. */
export class Unfinished extends InstanceError {
    constructor(
        message: string,
        readonly id: string,
        readonly outputs: Readonly<Record<string, unknown>>,
    ) {
        super(message);
    }
}

export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Takes every secret out of a text, whoever wrote it: servers quote statements, drivers quote URLs. */
export function scrub(text: string, secrets: readonly (string | undefined)[]): string {
    return secrets.reduce<string>((rest, secret) => {
        if (!secret) return rest;
        const forms = [secret, encodeURIComponent(secret), secret.replaceAll("'", "''"), JSON.stringify(secret).slice(1, -1)];
        return [...new Set(forms)].reduce((text, form) => text.replaceAll(form, "[secret]"), rest);
    }, text);
}
