import { makerState } from "../lifecycle/maker";
import type { States } from "../lifecycle/ownership";
import { snapshotDirectory } from "../snapshots/directory";
import type { Manifest } from "../snapshots/manifest";
import { type Shelf, type Shelved, shelf } from "../snapshots/shelf";
import { table } from "./table";
import { localTime } from "./thing";

export function shelfAt(directory: string | undefined): Promise<Shelf> {
    return shelf(snapshotDirectory(directory), (run) => makerState(run) === "dead");
}

/** Why a snapshot is worth a word: that it is final, or that no state has it. Nothing where a state may have it. */
export function whyKept({ id, manifest }: Shelved, states: States | undefined): string | undefined {
    if (manifest?.final) return "the final snapshot of an instance: yours to delete";
    if (states === undefined || states.snapshots?.includes(id)) return undefined;
    return manifest ? "no state given has it" : "its manifest cannot be read by this version";
}

export function snapshotAsJson({ id, path, manifest, size }: Shelved): Readonly<Record<string, unknown>> {
    return {
        kind: "snapshot",
        name: id,
        path,
        sizeBytes: size,
        ...(manifest
            ? { engine: manifest.engine, since: manifest.createdAt, final: manifest.final === true, ...sourceAsJson(manifest) }
            : {}),
    };
}

function sourceAsJson({ source }: Manifest): Readonly<Record<string, string>> {
    return "file" in source ? { file: source.file } : { project: source.project, stack: source.stack, resource: source.name };
}

/** As a row of `list`. */
export function snapshotRow({ id, manifest, size }: Shelved): readonly string[] {
    const note = manifest?.final ? "final: never removed" : manifest ? "" : "its manifest cannot be read";
    return ["snapshot", id, manifest?.engine ?? "", "stored", sourceOf(manifest), sinceOf(manifest), megabytes(size), note];
}

export function snapshotTable(all: readonly (readonly [snapshot: Shelved, why: string])[]): string {
    return table(
        ["NAME", "ENGINE", "OF", "SINCE", "SIZE", "WHY"],
        all.map(([{ id, manifest, size }, why]) => [
            id,
            manifest?.engine ?? "",
            sourceOf(manifest),
            sinceOf(manifest),
            megabytes(size),
            why,
        ]),
    );
}

function sourceOf(manifest: Shelved["manifest"]): string {
    if (!manifest) return "";
    const { source } = manifest;
    return "file" in source ? source.file : `${source.project}/${source.stack} ${source.name}`;
}

function sinceOf(manifest: Shelved["manifest"]): string {
    return manifest ? localTime(manifest.createdAt) : "";
}

export function megabytes(bytes: number): string {
    return `${Math.ceil(bytes / 1e6)} MB`;
}
