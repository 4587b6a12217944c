import type { Order } from "./order";

/** Stops a server cleanly: by the engine's own statement where its image does not forward signals, and by the signal in any case. */
export async function stopServer({ runtime, engine }: Pick<Order, "runtime" | "engine">, name: string): Promise<void> {
    const { script, seconds } = engine.stop;
    const running = (await runtime.find(name))?.state.running === true;
    if (script && running) {
        // The server ends by the statement, and a policy would start it again.
        await runtime.update(name, { restart: "no" });
        await runtime.exec(name, { ...script, signal: AbortSignal.timeout(seconds * 1000) }).catch(() => undefined);
    }
    await runtime.stop(name, seconds);
}
