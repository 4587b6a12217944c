/** What is under way in this process, so that an interrupt can end it. */
const underWay = new Set<AbortController>();
let listening = false;

/** Seconds that Pulumi gives a provider between SIGINT and SIGKILL, less one. */
const grace = 4;

/** Runs work that an interrupt aborts. The process ends when all of it has cleaned up behind itself, or when Pulumi's patience does. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    listen();
    const controller = new AbortController();
    underWay.add(controller);
    try {
        return await work(controller.signal);
    } finally {
        underWay.delete(controller);
    }
}

function listen(): void {
    if (listening) return;
    listening = true;
    // Pulumi sends SIGINT at the end of every run, so an idle process must go at once.
    process.on("SIGINT", () => {
        if (underWay.size === 0) process.exit(0);
        for (const controller of underWay) controller.abort(new Error("the run was interrupted"));
        const started = Date.now();
        setInterval(() => {
            if (underWay.size === 0 || Date.now() - started > grace * 1000) process.exit(130);
        }, 20);
    });
}
