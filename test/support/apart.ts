import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { installed } from "./packed";
import { type Databases, databases, type Plan, type Program, type Server, serve } from "./serve";

type Order = Plan | { readonly failed: boolean };

/**
 * A process that programs run in. Where an engine is killed, calls to it are rejected that nobody waits for, and Pulumi's library takes them for a fault of
 * every program that runs in the same process.
 */
export function apart(folder: string): { readonly serve: (program: Program) => Promise<Server>; readonly end: () => void } {
    const child = fork(__filename, [folder]);
    return {
        serve: async (program) => {
            if (!isDatabases(program)) throw new Error("only what databases() made can run in another process");
            child.send(program.plan);
            const port = await portOf(child);
            return { port, close: (failed) => void child.send({ failed } satisfies Order) };
        },
        end: () => void child.disconnect(),
    };
}

/** One that has ended would be waited for without an end. */
async function portOf(child: ChildProcess): Promise<number> {
    const heard = new AbortController();
    const gone = once(child, "exit", heard).then(([code]) => {
        throw new Error(`the process that programs run in ended with ${code}`);
    });
    try {
        const [port] = await Promise.race([once(child, "message", heard), gone]);
        return Number(port);
    } finally {
        heard.abort();
    }
}

function isDatabases(program: Program): program is Databases {
    return "plan" in program;
}

/** What becomes of a call to an engine that has gone: UNAVAILABLE, or CANCELLED. */
function isConnectionLost(fault: unknown): boolean {
    return typeof fault === "object" && fault !== null && "code" in fault && (fault.code === 14 || fault.code === 1);
}

if (require.main === module) {
    const stranger = installed(process.argv[2] ?? "");
    let server: Server | undefined;
    process.on("message", (order: Order) => {
        if ("failed" in order) return server?.close(order.failed);
        void serve(stranger, databases(order.each, {}, order.snapshots)).then((serving) => {
            server = serving;
            process.send?.(serving.port);
        });
    });
    process.on("disconnect", () => process.exit());
    process.on("unhandledRejection", (fault) => {
        if (!isConnectionLost(fault)) throw fault;
    });
}
