import { docker } from "../../provider/runtimes/docker";
import { DaemonSilent, type Runtime } from "../../provider/runtimes/runtime";

/** Which call fails and how. A call that is repeated at once, as while a server is awaited, counts once. */
export interface Fault {
    readonly at: number;
    /** `before`: the request does not arrive; `after`: its answer does not. */
    readonly when: "before" | "after";
    /** Nothing is ever answered again, as for a process that was killed: whatever it would still do has no effect. */
    readonly forGood: boolean;
    /** Whether a call counts: `rename orders.new`. */
    readonly counts: (call: string) => boolean;
}

export interface Faulty {
    /** For `conduct.connect`. */
    readonly connect: typeof docker;
    /** What was called, up to the fault: `rename orders.new`. */
    readonly calls: readonly string[];
    /** Whether the fault came. */
    readonly hit: () => boolean;
}

/** The real Docker, of which one call fails. */
export function faulty(fault: Fault): Faulty {
    const calls: string[] = [];
    let hit = false;
    let last = "";
    const around =
        (method: string, work: (...args: unknown[]) => Promise<unknown>) =>
        async (...args: unknown[]): Promise<unknown> => {
            const call = `${method} ${typeof args[0] === "string" ? args[0] : ""}`.trim();
            const silent = new DaemonSilent(`${call}: no answer, by this test's will`);
            if (hit && fault.forGood) throw silent;
            const counts = fault.counts(call) && last !== call;
            if (!hit) last = call;
            if (!hit && counts) calls.push(call);
            if (hit || !counts || calls.length !== fault.at) return work(...args);
            hit = true;
            if (fault.when === "after") await work(...args);
            throw silent;
        };
    const wrapped = <T extends object>(target: T, prefix = ""): T =>
        new Proxy(target, {
            get: (_, name: string & keyof T) => {
                const value = target[name];
                if (typeof value === "function") return around(`${prefix}${name}`, value as (...args: unknown[]) => Promise<unknown>);
                return name === "images" ? wrapped(value as object, "images.") : value;
            },
        });
    return { connect: async (settings): Promise<Runtime> => wrapped(await docker(settings)), calls, hit: () => hit };
}
