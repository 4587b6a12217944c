import type { Order } from "./order";

/** The last step of making a container: from now on it comes back after a reboot, and its name says that it is finished. */
export async function finish({ runtime, inputs }: Order, name: string): Promise<void> {
    // A restarted tmpfs is an empty database that looks healthy: it must stay down until `up` has filled it.
    if (inputs.storage !== "tmpfs") await runtime.update(name, { restart: "unless-stopped" });
    await runtime.rename(name, inputs.identifier);
}
