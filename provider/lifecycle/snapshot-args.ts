import { z } from "zod";
import { runtimeSetting, snapshotName } from "./args";

/** What `check` has approved of a Snapshot's arguments: the form in which they lie in the state. */
export type SnapshotInputs = Readonly<z.output<typeof shape>>;
export type SnapshotArgument = keyof SnapshotInputs;

const fields = {
    dbInstanceIdentifier: z.string().min(1, "must be an instance's id").optional(),
    file: z.string().min(1, "must be the path of a dump").optional(),
    /** Chosen by `check`: the digest of the file as it is now. */
    fileSha256: z.string().optional(),
    method: z.enum(["auto", "logical", "image"], 'must be "logical", "image" or "auto"').default("auto"),
    dbSnapshotIdentifier: snapshotName.optional(),
    triggers: z.array(z.unknown()).default([]),
    directory: z.string().min(1, "must be a directory").optional(),
    tags: z.record(z.string(), z.string()).default({}),
    runtime: runtimeSetting.optional(),
} as const;

const shape = z.strictObject(fields);

export const snapshotArguments = Object.keys(fields) as readonly SnapshotArgument[];

export function snapshotSchemaOf(argument: SnapshotArgument): z.ZodType {
    return fields[argument];
}

export function isSnapshotArgument(property: string): property is SnapshotArgument {
    return Object.hasOwn(fields, property);
}

/** Reads what `check` has approved before; a fault here is a bug or a state that was edited by hand. */
export function snapshotInputsFrom(properties: Readonly<Record<string, unknown>>): SnapshotInputs {
    const own = Object.entries(properties).filter(([key, value]) => isSnapshotArgument(key) && value !== undefined && value !== null);
    return shape.parse(Object.fromEntries(own));
}
