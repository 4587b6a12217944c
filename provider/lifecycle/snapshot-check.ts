import { existsSync } from "node:fs";
import type { Checked, CheckFailure } from "./check";
import { contextOf, hasContext, reserved } from "./context";
import { digestOfFile } from "./digest";
import { recognised } from "./dump-file";
import { messageOf } from "./errors";
import { readGiven } from "./given";
import { longestId } from "./layer";
import { snapshotArguments, snapshotSchemaOf } from "./snapshot-args";
import { snapshotChanges, snapshotTable } from "./snapshot-diff";
import { isUnknown } from "./unknown";

type Properties = Readonly<Record<string, unknown>>;

/** Approves a Snapshot's inputs and reports every fault by property. Unknown values pass through. */
export function checkSnapshot(olds: Properties, news: Properties): Checked {
    const failures: CheckFailure[] = [];
    const inputs = readGiven(news, snapshotArguments, snapshotSchemaOf, (property, reason) => failures.push({ property, reason }));
    const [instance, file] = [news.dbInstanceIdentifier ?? undefined, news.file ?? undefined];
    if (instance === undefined && file === undefined)
        failures.push({
            property: "dbInstanceIdentifier",
            reason: "is required: the id of the instance that the snapshot is of; or give file, a dump that you have",
        });
    if (instance !== undefined && file !== undefined)
        failures.push({ property: "file", reason: "cannot be given together with dbInstanceIdentifier: a snapshot is of one of them" });
    delete inputs.fileSha256;
    if (typeof inputs.file === "string" && !isUnknown(inputs.file)) lookInto(olds, inputs.file, inputs, failures);
    if (inputs.method === "image" && inputs.file !== undefined)
        failures.push({ property: "method", reason: 'cannot be "image" for a dump; leave it out' });
    if (inputs.method === "image" && inputs.directory !== undefined)
        failures.push({ property: "directory", reason: 'is where a dump goes, and method "image" writes none; leave one of them out' });
    if (inputs.method === "image" && String(inputs.dbSnapshotIdentifier ?? "").length > longestId)
        failures.push({ property: "dbSnapshotIdentifier", reason: `must be at most ${longestId} characters long for an image` });
    for (const argument of snapshotArguments) {
        const byDefault = snapshotSchemaOf(argument).safeParse(undefined);
        if (inputs[argument] === undefined && byDefault.success && byDefault.data !== undefined) inputs[argument] = byDefault.data;
    }
    refuseSameName(olds, inputs, failures);
    if (hasContext(news)) inputs[reserved] = JSON.parse(JSON.stringify({ ...contextOf(news), given: Object.keys(inputs) }));
    if (news.__provider !== undefined) inputs.__provider = news.__provider;
    return { inputs, failures };
}

/** What the file is, and its digest. One that is gone by now changes nothing, as a source does that is gone. */
function lookInto(olds: Properties, file: string, inputs: Record<string, unknown>, failures: CheckFailure[]): void {
    if (!existsSync(file) && hasContext(olds) && olds.file === file) {
        inputs.fileSha256 = olds.fileSha256;
        return;
    }
    try {
        recognised(file);
        inputs.fileSha256 = digestOfFile(file);
    } catch (error) {
        failures.push({ property: "file", reason: messageOf(error).replace(/^file: /, "") });
    }
}

/** The new one is there before the old one goes, and two cannot have one name. */
function refuseSameName(olds: Properties, news: Properties, failures: CheckFailure[]): void {
    const name = news.dbSnapshotIdentifier;
    if (!hasContext(olds) || name === undefined || isUnknown(name) || olds.dbSnapshotIdentifier !== name) return;
    const anew = snapshotChanges(olds, news).filter((argument) => snapshotTable[argument] === "anew");
    if (anew.length === 0) return;
    failures.push({
        property: "dbSnapshotIdentifier",
        reason: `must change together with ${anew.join(", ")}: the snapshot is taken anew beside ${String(name)}, which goes afterwards. Or leave it out, and each has a name of its own`,
    });
}
