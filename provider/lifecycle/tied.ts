import type { Exec, Outcome, Runtime } from "../runtimes/runtime";

/** Runs a command that does not outlive this call: no container engine ends what nobody listens to any more. */
export async function execTied(runtime: Runtime, name: string, command: Exec): Promise<Outcome> {
    let said = "";
    let known: string | undefined;
    try {
        const outcome = await runtime.exec(name, {
            ...command,
            command: ["sh", "-c", 'echo "$$" >&2; exec "$@"', "tied", ...command.command],
            stderr: (chunk) => {
                if (known === undefined) said += chunk.toString("latin1");
                known = /^(\d+)\n/.exec(said)?.[1];
            },
        });
        return { ...outcome, stderr: outcome.stderr.replace(/^\d+\n/, "") };
    } catch (error) {
        const user = command.user === undefined ? {} : { user: command.user };
        if (known !== undefined)
            await runtime.exec(name, { command: ["sh", "-c", 'kill -- "-$1"', "end", known], ...user }).catch(() => undefined);
        throw error;
    }
}
