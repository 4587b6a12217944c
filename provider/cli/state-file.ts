import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { originOf } from "../lifecycle/origin";
import type { KnownStack, OwnedInstance, States } from "../lifecycle/ownership";

export interface Given {
    /** `pulumi stack export` files; `-` is standard input. */
    readonly files: readonly string[];
    /** `project/stack`, or `project/stack@origin`. */
    readonly stacks: readonly string[];
    readonly complete: boolean;
}

/** What the files and the user's own word say of who owns what. Throws where one of them cannot be understood. */
export async function statesOf({ files, stacks, complete }: Given): Promise<States> {
    const read = await Promise.all(files.map(async (file) => readState(file, await contentOf(file))));
    const times = read.flatMap(({ writtenAt }) => writtenAt ?? []).sort();
    return {
        instances: read.flatMap(({ instances }) => instances),
        snapshots: read.flatMap(({ snapshots = [] }) => snapshots),
        pending: read.flatMap(({ pending }) => pending),
        stacks: [...read.flatMap((state) => state.stacks), ...stacks.map(goneStack)],
        complete,
        writtenAt: times[0],
    };
}

/** One export. An empty stack's says not which stack it is of. */
export function readState(name: string, content: string): Omit<States, "complete"> {
    const resources = z.array(resource);
    const pendingOperations = z.array(z.object({ resource }));
    const deployment = z.object({
        manifest: z.object({ time: z.string() }).optional(),
        resources: resources.nullish(),
        pending_operations: pendingOperations.nullish(),
    });
    const exported = z.object({ version: z.number(), deployment: deployment.nullable() }).safeParse(parse(name, content));
    if (!exported.success) {
        const faults = exported.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
        throw new Error(`${said(name)} is not what pulumi stack export writes (${faults.slice(0, 3).join("; ")})`);
    }
    const { manifest, resources: all, pending_operations: pending } = exported.data.deployment ?? {};
    const writtenAt = manifest?.time;
    const owned = all ?? [];
    const started = (pending ?? []).map((operation) => operation.resource);
    return {
        instances: owned.flatMap(instanceOf),
        snapshots: owned.flatMap(({ type, id }) => (type === "pulumi-nodejs:dynamic/devdb:Snapshot" && id !== undefined ? [id] : [])),
        pending: started.flatMap(({ urn }) => placeOf(urn) ?? []),
        stacks: stacksOf([...owned, ...started], writtenAt),
        writtenAt,
    };
}

const textual = z.string().optional().catch(undefined);

const resource = z.object({
    urn: z.string(),
    type: z.string(),
    id: z.string().optional(),
    outputs: z
        .object({
            containerId: textual,
            createdAt: textual,
            volumeName: textual,
            imageDigest: textual,
            __devdb: z.object({ organization: textual }).optional().catch(undefined),
        })
        .optional(),
});

type Resource = z.output<typeof resource>;

function instanceOf({ urn, type, id, outputs }: Resource): OwnedInstance[] {
    const place = placeOf(urn);
    if (type !== "pulumi-nodejs:dynamic/devdb:Instance" || !place || id === undefined) return [];
    const { __devdb: _, ...known } = outputs ?? {};
    return [{ ...place, ...known, identifier: id }];
}

/** Every stack that a URN names: one for each file, as Pulumi writes them. */
function stacksOf(resources: readonly Resource[], writtenAt: string | undefined): KnownStack[] {
    const organizations = new Set(resources.map(({ outputs }) => outputs?.__devdb?.organization ?? "organization"));
    const origins = [...organizations].map((organization) => originOf(organization));
    const names = new Map(resources.flatMap(({ urn }) => placeOf(urn) ?? []).map((place) => [`${place.project}/${place.stack}`, place]));
    return [...names.values()].map(({ project, stack }) => ({ project, stack, origins, writtenAt }));
}

/** `urn:pulumi:<stack>::<project>::<type>::<name>`; a name may hold the separator. */
function placeOf(urn: string): { readonly project: string; readonly stack: string; readonly name: string } | undefined {
    const [, stack, project, name] = /^urn:pulumi:(.+?)::(.+?)::.+?::(.+)$/s.exec(urn) ?? [];
    return stack === undefined || project === undefined || name === undefined ? undefined : { stack, project, name };
}

function goneStack(word: string): KnownStack {
    const [, project, stack, origin] = /^([^/@\s]+)\/([^/@\s]+?)(?:@([0-9a-f]+))?$/.exec(word) ?? [];
    if (project === undefined || stack === undefined)
        throw new Error(`--stack ${word}: a stack is named as project/stack, or project/stack@origin`);
    return { project, stack, origins: [origin ?? originOf("organization")] };
}

async function contentOf(file: string): Promise<string> {
    if (file === "-") return text(process.stdin);
    return readFile(file, "utf8").catch((error: unknown) => {
        const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
        throw new Error(`--state ${file} cannot be read: ${code === "ENOENT" ? "there is no such file" : code}`);
    });
}

function parse(name: string, content: string): unknown {
    try {
        return JSON.parse(content);
    } catch {
        throw new Error(`${said(name)} is not JSON; pulumi stack export --file ${name === "-" ? "state.json" : name} writes such a file`);
    }
}

function said(name: string): string {
    return name === "-" ? "standard input" : name;
}
