import { inventory, type Thing } from "../lifecycle/inventory";
import { docker } from "../runtimes/docker";
import type { Place } from "./program";
import { table } from "./table";
import { described, noteOn, ownerOf, sinceOf, sizeOf, stateOf } from "./thing";

/** Prints everything of ours on the daemon. */
export async function list({ json, ...place }: Place & { readonly json?: true }): Promise<void> {
    const runtime = await docker(place);
    const { daemon, containers, volumes, images } = await inventory(runtime);
    const things = [...containers, ...volumes, ...images];
    if (json) {
        const where = { daemon: { id: daemon.id, name: daemon.name }, endpoint: runtime.found };
        console.log(JSON.stringify({ ...where, things: things.map(described) }, undefined, 4));
        return;
    }
    console.log(`Docker on ${daemon.name}, found at ${runtime.found}\n`);
    console.log(things.length === 0 ? "Nothing of pulumi-devdb is there." : table(heading, things.map(row)));
}

const heading = ["KIND", "NAME", "ENGINE", "STATE", "OWNER", "SINCE", "SIZE", "NOTE"];

function row(thing: Thing): readonly string[] {
    return [thing.kind, thing.name, thing.marks.engine, stateOf(thing), ownerOf(thing), sinceOf(thing), sizeOf(thing), noteOn(thing)];
}
