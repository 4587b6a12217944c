import { z } from "zod";

/** Counted up whenever a snapshot cannot be read any more by what was written for the one before. */
export const format = 1;

const settings = z.record(z.string(), z.string());

/** One file of the artefact, as it lies there. */
const file = z.strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, "must be a plain file name"),
    /** Bytes stored. */
    size: z.number().int().nonnegative(),
    /** Of what is stored. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    compression: z.enum(["zstd", "gzip", "none"]),
});

const database = { name: z.string(), settings, extensions: z.array(z.string()) };

const instance = z.object({
    identifier: z.string(),
    project: z.string(),
    stack: z.string(),
    name: z.string(),
    /** When that instance was made: tells it from its namesakes. */
    created: z.string(),
    daemon: z.string(),
});

/** What there is to say of a snapshot, however it was taken. */
const contents = {
    format: z.literal(format),
    id: z.string(),
    engine: z.string(),
    engineVersion: z.string(),
    username: z.string(),
    dbName: z.string().optional(),
    users: z.array(z.string()),
    settings,
    /** ISO 8601. */
    createdAt: z.string(),
    tags: settings,
};

const schema = z.object({
    ...contents,
    method: z.literal("logical"),
    tool: z.string(),
    globals: file,
    databases: z.array(z.object({ ...database, file })),
    /** The host whose disk it was written to. */
    host: z.string(),
    /** Of an instance; or of a dump that the user had, with its digest. */
    source: z.union([instance, z.object({ file: z.string(), sha256: z.string() })]),
    /** Taken before its instance was deleted: no state owns it. */
    final: z.literal(true).optional(),
});

const layer = z.object({
    ...contents,
    method: z.literal("image"),
    source: instance,
    databases: z.array(z.object(database)),
    /** SHA-256 of the file with the server's parameters that is in the layer. */
    parameters: z.string().optional(),
});

/** What lies beside the dumps and says what they are. No secrets; hashes of passwords are in the globals only. */
export type Manifest = Readonly<z.output<typeof schema>>;
/** The same of a snapshot that is an image: one of its labels, without any hash. */
export type LayerManifest = Readonly<z.output<typeof layer>>;
export type StoredFile = Readonly<z.output<typeof file>>;

/** Reads a manifest's text; the error says what is wrong with it. */
export function parseManifest(text: string, path: string): Manifest {
    return parsed(schema, text, path);
}

export function parseLayerManifest(text: string, image: string): LayerManifest {
    return parsed(layer, text, image);
}

function parsed<T>(shape: z.ZodType<T>, text: string, path: string): T {
    const value = json(text, path);
    const version = z.object({ format: z.number() }).safeParse(value).data?.format;
    if (version !== undefined && version > format)
        throw new Error(`${path} has format ${version}, and this version of pulumi-devdb reads up to ${format}: use a newer one`);
    const read = shape.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw new Error(`${path} is not a snapshot's manifest: ${issue?.path.map(String).join(".") || "it"} is wrong (${issue?.message})`);
}

export function filesOf({ globals, databases }: Pick<Manifest, "globals" | "databases">): readonly StoredFile[] {
    return [globals, ...databases.map((database) => database.file)];
}

function json(text: string, path: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new Error(`${path} is not a snapshot's manifest: it is not JSON, or was cut`);
    }
}
