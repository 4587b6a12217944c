import { z } from "zod";
import type { Order } from "./order";

/** A step as it is known afterwards: by its name, and the digest of what it said. */
export type Step = Readonly<z.output<typeof step>>;

const step = z.object({ name: z.string(), sha256: z.string() });

const schema = z.object({
    /** When the instance was made whose steps these are. */
    instance: z.string(),
    ran: z.array(step),
    /** One that was begun and has not come to its end. */
    begun: step.optional(),
});

/** Which steps have run. It lies beside the data, so that it goes where they go and is lost when they are. */
export type SeedRecord = Readonly<z.output<typeof schema>>;

export function recordPath({ engine }: Pick<Order, "engine">): string {
    return `${engine.data.mount}/devdb-seeds.json`;
}

/** What a running container's data say. The record of the instance that a snapshot was taken of speaks of that one's steps. */
export async function readRecord(order: Order, container: string): Promise<SeedRecord> {
    const { runtime, inputs, created, signal } = order;
    // Memory is seen from within only.
    const { exitCode, stdout } = await runtime.exec(container, { command: ["cat", recordPath(order)], user: "root", signal });
    const nothing = { instance: created, ran: [] };
    if (exitCode !== 0) return nothing;
    const record = schema.parse(JSON.parse(stdout));
    return record.instance === created || inputs.snapshotIdentifier === undefined ? record : nothing;
}

/** Takes the record along where the data go by dump and restore, which leave it behind. `text`: what the old one's file says. */
export async function writeRecord(order: Order, container: string, text: string): Promise<void> {
    const { runtime, signal } = order;
    const command = ["sh", "-c", 'umask 077; cat >"$1"', "note", recordPath(order)];
    const { exitCode, stderr } = await runtime.exec(container, { command, user: "root", stdin: text, signal });
    if (exitCode !== 0) throw new Error(`${container}: the record of the seeds could not be written: ${stderr.trim()}`);
}

export function recordText(record: SeedRecord): string {
    return `${JSON.stringify(record)}\n`;
}
