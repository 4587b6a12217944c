const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const host = "(?:\\[[0-9a-fA-F:]+\\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\\d+)?";
const pattern = new RegExp(`^(?:${host}/)?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]+)?$`);

/** Whether a daemon would take it for an image's name, `registry.example:5000/postgres:17@sha256:…`, or for an image's id. */
export function isReference(text: string): boolean {
    return pattern.test(text);
}
