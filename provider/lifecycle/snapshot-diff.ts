import { isDeepStrictEqual } from "node:util";
import { contextOf, hasContext } from "./context";
import type { Difference } from "./diff";
import type { SnapshotArgument } from "./snapshot-args";
import { isUnknown } from "./unknown";

type Properties = Readonly<Record<string, unknown>>;

/** What a change of an argument means: taken anew, or in place. */
export const snapshotTable: Readonly<Record<SnapshotArgument, "anew" | "in place">> = {
    dbInstanceIdentifier: "anew",
    // What is in it counts, wherever it lies.
    file: "in place",
    fileSha256: "anew",
    method: "anew",
    dbSnapshotIdentifier: "anew",
    triggers: "anew",
    directory: "anew",
    tags: "in place",
    runtime: "anew",
};

/**
 * What differs between a snapshot that was taken and what is asked for. A source that is not known yet is no change: a snapshot stays when its source
 * goes, and where Pulumi replaces the source it asks with unknowns, to delete first whatever says that it is replaced.
 */
export function snapshotDifference(olds: Properties, news: Properties, preview = false): Difference {
    const before = snapshotAsked(olds);
    const changed = snapshotChanges(before, news);
    const anew = changed.filter((argument) => snapshotTable[argument] === "anew");
    if (anew.length > 0) return { changes: true, replaces: anew, said: [`taken anew: ${anew.join(", ")}`] };
    if (changed.length > 0) return { changes: true, replaces: [], said: [`in place: ${changed.join(", ")}`] };
    const open = (Object.keys(snapshotTable) as SnapshotArgument[]).filter(
        (argument) => argument !== "dbInstanceIdentifier" && isUnknown(news[argument]),
    );
    const anewThen = open.filter((argument) => snapshotTable[argument] === "anew");
    const said = preview && anewThen.length > 0 ? [`may be taken anew: ${anewThen.join(", ")} (not known yet)`] : [];
    return { changes: open.length > 0, replaces: [], said };
}

/** The arguments that are known and differ. */
export function snapshotChanges(before: Properties, after: Properties): readonly SnapshotArgument[] {
    return (Object.keys(snapshotTable) as SnapshotArgument[]).filter((argument) => {
        if (isUnknown(before[argument]) || isUnknown(after[argument])) return false;
        // A name that is no longer given, or never was, was chosen when the snapshot was taken.
        if (argument === "dbSnapshotIdentifier" && (after[argument] ?? undefined) === undefined) return false;
        return !isDeepStrictEqual(before[argument] ?? undefined, after[argument] ?? undefined);
    });
}

/** What was asked for when a snapshot was taken: outputs hold what that led to. */
export function snapshotAsked(outputs: Properties): Properties {
    if (!hasContext(outputs)) return outputs;
    const { method, directory } = contextOf(outputs);
    return { ...outputs, method: method ?? outputs.method, directory };
}
