import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snapshot } from "../../provider/v1";
import { Refused, stack } from "./instance";

type Properties = Readonly<Record<string, unknown>>;

/** What Pulumi does with one Snapshot, without Pulumi. */
export interface SnapshotDriver {
    readonly id: string;
    readonly outputs: Properties;
    readonly exists: boolean;
    /** One `pulumi up`, of a logical one unless it says otherwise: a new one first, then the old one goes. Answers what replaced it. */
    up(args: Properties): Promise<readonly string[]>;
    refresh(): Promise<void>;
    destroy(): Promise<void>;
}

let count = 0;

export function snapshotDriver(directory: string): SnapshotDriver {
    count += 1;
    const context = { name: `snap-${count}`, project: "devdb-test", stack, organization: "test", config: { snapshotDirectory: directory } };
    let state: { readonly id: string; readonly inputs: Properties; readonly outputs: Properties } | undefined;
    const current = () => {
        if (!state) throw new Error("there is no snapshot");
        return state;
    };
    return {
        get id() {
            return current().id;
        },
        get outputs() {
            return current().outputs;
        },
        get exists() {
            return state !== undefined;
        },
        async up(args) {
            const { inputs, failures } = await snapshot.check(state?.inputs ?? {}, { method: "logical", ...args, __devdb: context });
            if (failures.length > 0) throw new Refused(failures);
            const before = state;
            const said = before && (await snapshot.diff(before.id, before.outputs, inputs));
            if (before && said?.changes === false) return [];
            if (before && said?.replaces.length === 0)
                state = { ...before, inputs, outputs: json((await snapshot.update(before.id, before.outputs, inputs)).outs) };
            else {
                const made = await snapshot.create(inputs);
                state = { id: made.id, inputs: json(inputs), outputs: json(made.outs) };
                if (before) await snapshot.delete(before.id, before.outputs);
            }
            return said?.replaces ?? [];
        },
        async refresh() {
            const { id, inputs, outputs } = current();
            const found = await snapshot.read(id, outputs);
            state = found.props ? { id, inputs: json(found.inputs ?? inputs), outputs: json(found.props) } : undefined;
        },
        async destroy() {
            const { id, outputs } = current();
            await snapshot.delete(id, outputs);
            state = undefined;
        },
    };
}

/** The state is JSON: what does not survive that is not in it. */
function json(properties: Properties): Properties {
    return JSON.parse(JSON.stringify(properties)) as Properties;
}

/** A directory of this test's own for snapshots. */
export async function ownDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
    const path = await mkdtemp(join(tmpdir(), "devdb-snapshots-"));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
