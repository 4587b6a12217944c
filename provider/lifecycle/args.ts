import { z } from "zod";
import { isReference } from "../images/reference";

/** What `check` has approved: every default chosen, units made plain. The form in which arguments lie in the state. */
export type InstanceInputs = Readonly<z.output<typeof shape>>;
export type ArgumentName = keyof InstanceInputs;
/** A step of `seeds`, with the digest of what it said when it was looked at. */
export type Seed = InstanceInputs["seeds"][number];

const name = z.string();
const text = z.string();
const settings = z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], "must be a text, a number, true or false").transform((value) => String(value)),
);

/** Docker's rule for names of networks. */
const networkName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "must be a network's name: letters, digits, dot, hyphen, underscore");

export const runtimeSetting = z.union(
    [
        z.literal("docker").transform((kind) => ({ kind })),
        z.strictObject({
            kind: z.literal("docker"),
            host: text.optional(),
            context: text.optional(),
            certPath: text.optional(),
            tlsVerify: z.boolean().optional(),
        }),
    ],
    'must be "docker", or { kind: "docker" } with host, context, certPath, tlsVerify',
);

/** A snapshot's id names its folder. */
export const snapshotName = z
    .string()
    .max(255, "must be at most 255 characters long")
    .regex(/^[a-z](-?[a-z0-9])*$/, "must begin with a letter and hold lower-case letters, digits and single hyphens only");

/** A step as the program gives it; `check` adds the digest of what it says. */
const seed = z
    .strictObject({
        name: z
            .string()
            .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/, "must be letters, digits, spaces, dots, hyphens and underscores, at most 63"),
        sql: z.string().regex(/\S/, "is empty").optional(),
        file: z.string().min(1, "is empty").optional(),
        sha256: z.string().optional(),
    })
    .refine(({ sql, file }) => (sql === undefined) !== (file === undefined), "must have either sql or file");

const port = z.number().int().min(1).max(65_535);

/** One schema per argument, strict, so that each fault is reported at its property. Texts are for users. */
const fields = {
    engine: name,
    engineVersion: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]*$/, "must be a version such as 17 or 17.5"),
    image: z
        .string()
        .refine(isReference, "must be an image's name, without https://: postgis/postgis:17-3.5, registry.example.com/postgres:17")
        .optional(),
    identifier: z
        .string()
        .max(63, "must be at most 63 characters long")
        .regex(/^[a-z](-?[a-z0-9])*$/, "must begin with a letter and hold lower-case letters, digits and single hyphens only"),
    dbName: name.optional(),
    username: name,
    password: text.optional(),
    port: z
        .union(
            [port, z.strictObject({ preferred: port.max(65_435) })],
            "must be a port's number, or { preferred: … } with the one to begin at",
        )
        .optional(),
    publiclyAccessible: z.boolean().default(false),
    parameters: settings.default({}),
    environment: settings.default({}),
    durability: z.enum(["durable", "fast"]).default("durable"),
    storage: z.enum(["container", "volume", "tmpfs"]).default("container"),
    volumeName: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, "must be a volume's name: two or more letters, digits, dots, hyphens, underscores")
        .optional(),
    instanceClass: z.string().optional(),
    memory: z
        .union([z.number().int().positive(), z.string()], 'must be bytes, or a text such as "512m" or "2 GiB"')
        .transform(bytes)
        .optional(),
    cpus: z.number().positive().optional(),
    networks: z.array(networkName).default([]),
    aliases: z.array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/, "must be host names")).default([]),
    tags: z.record(z.string(), z.string()).default({}),
    seeds: z
        .array(seed)
        .refine((steps) => new Set(steps.map(({ name }) => name)).size === steps.length, "has two steps of one name")
        .default([]),
    snapshotIdentifier: z.string().min(1, "must be a snapshot's id, or the path of its manifest").optional(),
    deletionProtection: z.boolean().default(false),
    skipFinalSnapshot: z.boolean().default(true),
    finalSnapshotIdentifier: snapshotName.optional(),
    priming: z.boolean().default(true),
    startupTimeout: z.number().positive(),
    acceptLicense: z.boolean().default(false),
    runtime: runtimeSetting.optional(),
} as const;

const shape = z.strictObject(fields);

export const argumentNames = Object.keys(fields) as readonly ArgumentName[];

/** The schema of one argument. */
export function schemaOf(argument: ArgumentName): z.ZodType {
    return fields[argument];
}

export function isArgument(property: string): property is ArgumentName {
    return Object.hasOwn(fields, property);
}

/** Reads what `check` has approved before; a fault here is a bug or a state that was edited by hand. */
export function inputsFrom(properties: Readonly<Record<string, unknown>>): InstanceInputs {
    return shape.parse(
        Object.fromEntries(Object.entries(properties).filter(([key, value]) => isArgument(key) && value !== undefined && value !== null)),
    );
}

const units: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `512m`, `2 GiB`, `1.5gb`: powers of 1024, as for `docker run --memory`; a number is bytes. */
function bytes(value: number | string, context: z.RefinementCtx): number {
    if (typeof value === "number") return value;
    const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?\s*$/i.exec(value) ?? [];
    if (digits === undefined) {
        context.addIssue({ code: "custom", message: 'must be bytes, or a text such as "512m" or "2 GiB"' });
        return z.NEVER;
    }
    return Math.round(Number(digits) * (units[(unit ?? "").toLowerCase()] ?? 1));
}
