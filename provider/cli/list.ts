import { inventory, type Thing } from "../lifecycle/inventory";
import { docker } from "../runtimes/docker";
import type { ListOptions } from "./program";
import { shelfAt, snapshotAsJson, snapshotRow } from "./snapshots";
import { table } from "./table";
import { described, noteOn, ownerOf, sinceOf, sizeOf, stateOf } from "./thing";

/** Prints everything of ours on the daemon, and the snapshots of this host. */
export async function list({ json, snapshots: directory, ...place }: ListOptions): Promise<void> {
    const runtime = await docker(place);
    const { daemon, containers, volumes, images } = await inventory(runtime);
    const things = [...containers, ...volumes, ...images];
    const { snapshots } = await shelfAt(directory);
    if (json) {
        const where = { daemon: { id: daemon.id, name: daemon.name }, endpoint: runtime.found };
        console.log(JSON.stringify({ ...where, things: [...things.map(described), ...snapshots.map(snapshotAsJson)] }, undefined, 4));
        return;
    }
    console.log(`Docker on ${daemon.name}, found at ${runtime.found}\n`);
    const rows = [...things.map(row), ...snapshots.map(snapshotRow)];
    console.log(rows.length === 0 ? "Nothing of pulumi-devdb is there." : table(heading, rows));
}

const heading = ["KIND", "NAME", "ENGINE", "STATE", "OWNER", "SINCE", "SIZE", "NOTE"];

function row(thing: Thing): readonly string[] {
    return [thing.kind, thing.name, thing.marks.engine, stateOf(thing), ownerOf(thing), sinceOf(thing), sizeOf(thing), noteOn(thing)];
}
