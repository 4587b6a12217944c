import { z } from "zod";

/** The one reserved input: what the constructor knows and the provider needs. Left out of every comparison. */
export const reserved = "__devdb";

const config = z.object({
    /** Where the engines' images are pulled from, instead of their public registries: `mirror.example.com/library`. */
    registry: z.string().optional(),
    /** Builds our own images anew even where they exist. */
    rebuildImages: z.boolean().optional(),
    /** `false`: every instance is initialised by itself. */
    priming: z.boolean().optional(),
    /** The host under which published ports are reached, where it cannot be found out. */
    address: z.string().optional(),
    /** Where snapshots lie, and are looked for by their ids. */
    snapshotDirectory: z.string().optional(),
});

const schema = z.object({
    name: z.string(),
    project: z.string(),
    stack: z.string(),
    organization: z.string().default("organization"),
    urn: z.string().default(""),
    config: config.default({}),
    /** Whether something in `environment` is a secret of the program's. */
    secretEnvironment: z.boolean().optional(),
    /** Whether something in `seeds` is. */
    secretSeeds: z.boolean().optional(),
    /** The arguments that the program named; the others were chosen by `check`, once. */
    given: z.array(z.string()).default([]),
    /** The port as the program asked for it: outputs hold the one it got. */
    port: z.unknown().optional(),
    /** A Snapshot's method and directory as the program asked for them: outputs hold what that led to. */
    method: z.string().optional(),
    directory: z.string().optional(),
    /** When the server was last started; in outputs only. A tmpfs instance with another start time has lost its data. */
    startedAt: z.string().optional(),
});

export type Context = z.output<typeof schema>;

export function contextOf(properties: Readonly<Record<string, unknown>>): Context {
    return schema.parse(properties[reserved]);
}

export function hasContext(properties: Readonly<Record<string, unknown>>): boolean {
    return schema.safeParse(properties[reserved]).success;
}
