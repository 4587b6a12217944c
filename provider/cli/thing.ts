import type { Thing } from "../lifecycle/inventory";

/** A thing as JSON says it: plain names, bytes and ISO 8601. */
export function described(thing: Thing): Readonly<Record<string, unknown>> {
    const { kind, name, marks } = thing;
    const { project, stack, name: resource, identifier, engine, role, tags, origin } = marks;
    const owned = marks.project === "" ? {} : { project, stack, resource, identifier, origin };
    const common = { kind, name, engine, role, state: stateOf(thing), ...owned, since: instantOf(thing) };
    const [host, pid] = marks.run.split(" ");
    switch (thing.kind) {
        case "container": {
            const maker = { state: thing.maker, host, pid: Number(pid) };
            return { ...common, id: thing.id, image: thing.image, stage: thing.stage, maker, ports: thing.ports, tags };
        }
        case "volume":
            return { ...common, usedBy: thing.users };
        case "image":
            return { ...common, id: thing.id, sizeBytes: thing.size, usedBy: thing.users };
    }
}

export function stateOf(thing: Thing): string {
    if (thing.kind === "container") return thing.running ? "running" : "stopped";
    return thing.users.length > 0 ? "in use" : "unused";
}

export function ownerOf({ marks }: Thing): string {
    return marks.project === "" ? "" : `${marks.project}/${marks.stack} ${marks.name}`;
}

/** Local time, to the minute. */
export function sinceOf(thing: Thing): string {
    return localTime(instantOf(thing));
}

export function localTime(instant: string): string {
    const date = new Date(instant);
    if (Number.isNaN(date.getTime())) return "";
    const two = (part: number) => String(part).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Only where the daemon knows it without counting: of images. */
export function sizeOf(thing: Thing): string {
    return thing.kind === "image" ? `${Math.round(thing.size / 1e6)} MB` : "";
}

export function noteOn(thing: Thing): string {
    if (thing.kind === "image" && thing.marks.role === "snapshot")
        return thing.superseded
            ? "deleted; goes with what stands on it"
            : `the snapshot ${thing.marks.snapshot} of ${thing.marks.identifier}`;
    if (thing.kind === "image" && thing.superseded)
        return thing.marks.role === "primed" ? `primed for what ${thing.marks.name} no longer is` : "superseded by a later build";
    if (thing.kind === "image") return "";
    if (thing.kind === "volume") return thing.marks.role === "kept" ? "yours: never removed" : "";
    if (thing.stage === "finished") return "";
    if (thing.stage === "retired") return "replaced; the next up removes it";
    const [host, pid] = thing.marks.run.split(" ");
    const whose = { alive: `process ${pid} is at work on it`, dead: "its maker is dead", elsewhere: `its maker is on host ${host}` };
    return `unfinished: ${whose[thing.maker]}`;
}

function instantOf(thing: Thing): string {
    return thing.kind === "image" ? thing.createdAt : thing.marks.created;
}
