import { connect } from "node:net";

/** What is under way in this process, so that an interrupt can end it; and whether it may still clean up when its engine is gone. */
const underWay = new Map<AbortController, Manners>();
let listening = false;
let ending = false;

/** Seconds that Pulumi gives a provider between SIGINT and SIGKILL, less one. */
const grace = 4;
/** Seconds for cleaning up where nobody waits any more. */
const orphanGrace = 120;

/**
 * What becomes of work whose engine is gone. `undone`: it takes away what it made. `left`: it stops where it is, for to put an instance back while the
 * next run is at work on the same container could lose data; that run finds out from the names how far it got.
 */
type Manners = "undone" | "left";

/** Runs work that an interrupt aborts. The process ends when all of it has cleaned up behind itself, or when Pulumi's patience does. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, manners: Manners = "undone"): Promise<T> {
    listen();
    const controller = new AbortController();
    underWay.set(controller, manners);
    try {
        return await work(controller.signal);
    } finally {
        underWay.delete(controller);
    }
}

/**
 * Ends a provider whose engine is gone: a killed CLI sends no signal, and the launcher's shell waits for this process for ever. Standard input is a pipe
 * from the engine, so its end tells; where it is no pipe, the engine still answers and nothing happens.
 */
export function endWithEngine(argv: readonly string[] = process.argv): void {
    const [host, port] = /^(.+):(\d+)$/.exec(argv.at(-1) ?? "")?.slice(1) ?? [];
    if (!/dynamic-provider/.test(argv[1] ?? "") || !host || !port) return;
    process.stdin.on("error", () => undefined);
    process.stdin.once("end", () => waitForEnd(host, Number(port)));
    process.stdin.resume();
}

/** A dying process closes its pipes a moment before its sockets, so that one answer does not mean that it lives. */
function waitForEnd(host: string, port: number): void {
    const engine = connect({ host, port });
    let answered = false;
    engine.once("connect", () => {
        answered = true;
    });
    engine.on("error", () => undefined);
    engine.once("close", () => {
        if (answered) return void setTimeout(waitForEnd, 100, host, port);
        if ([...underWay.values()].includes("left")) process.exit(130);
        end(orphanGrace);
    });
    engine.resume();
}

function listen(): void {
    if (listening) return;
    listening = true;
    // Pulumi sends SIGINT at the end of every run, so an idle process must go at once.
    process.on("SIGINT", () => end(grace));
}

function end(seconds: number): void {
    if (underWay.size === 0) process.exit(0);
    if (ending) return;
    ending = true;
    for (const controller of underWay.keys()) controller.abort(new Error("the run was interrupted"));
    const started = Date.now();
    setInterval(() => {
        if (underWay.size === 0 || Date.now() - started > seconds * 1000) process.exit(130);
    }, 20);
}
