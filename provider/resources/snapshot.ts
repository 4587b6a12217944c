import * as pulumi from "@pulumi/pulumi";
import { contextFor, ours } from "./context";
import type { DockerRuntime } from "./instance-args";
import type { SnapshotArgs } from "./snapshot-args";
import { snapshotStub } from "./stub";
import { untraced } from "./untraced";

/**
 * Everything in an instance at one moment: its databases, and its users with their grants. It stays when the instance goes.
 *
 * ```ts
 * const seeded = new devdb.Snapshot("seeded", { dbInstanceIdentifier: orders.id });
 * const copy = new devdb.Instance("copy", { engine: "postgres", snapshotIdentifier: seeded.id });
 * ```
 *
 * It never deletes before it is taken anew: `deleteBeforeReplace: true` is refused.
 */
export class Snapshot extends pulumi.dynamic.Resource {
    declare readonly dbInstanceIdentifier: pulumi.Output<string | undefined>;
    declare readonly file: pulumi.Output<string | undefined>;
    /** The digest of `file` as it was when the snapshot was taken. */
    declare readonly fileSha256: pulumi.Output<string | undefined>;
    /** The same as `id`. */
    declare readonly dbSnapshotIdentifier: pulumi.Output<string>;
    /** The engine's family: `postgres`. */
    declare readonly engine: pulumi.Output<string>;
    /** What the source's server said its version was: `17.5`; of PostgreSQL's dump from a file, the version of its `pg_dump`. */
    declare readonly engineVersion: pulumi.Output<string>;
    /** The source's database, and a copy's default. */
    declare readonly dbName: pulumi.Output<string | undefined>;
    /** The source's master user, and a copy's default. */
    declare readonly username: pulumi.Output<string>;
    /** How it was taken: what `auto` came to. */
    declare readonly method: pulumi.Output<"logical" | "image">;
    /** The manifest's absolute path on `host`; an Instance's `snapshotIdentifier` takes it too. Of a dump only. */
    declare readonly path: pulumi.Output<string | undefined>;
    /** The image's name on `daemon`. Of an image only. */
    declare readonly image: pulumi.Output<string | undefined>;
    /** Bytes on the disk; of an image, those that its layer adds. */
    declare readonly sizeBytes: pulumi.Output<number>;
    /** Of the manifest, which has those of all files; of an image, its id. */
    declare readonly sha256: pulumi.Output<string>;
    /** ISO 8601. */
    declare readonly snapshotCreateTime: pulumi.Output<string>;
    /** Name and version of the program that wrote the dump. */
    declare readonly tool: pulumi.Output<string | undefined>;
    /** The host that a dump lies on. */
    declare readonly host: pulumi.Output<string | undefined>;
    /** The daemon that an image is on. */
    declare readonly daemon: pulumi.Output<string | undefined>;
    declare readonly triggers: pulumi.Output<unknown[]>;
    declare readonly tags: pulumi.Output<Record<string, string>>;
    declare readonly runtime: pulumi.Output<DockerRuntime | undefined>;

    constructor(name: string, args: SnapshotArgs, opts: pulumi.CustomResourceOptions = {}) {
        if (opts.deleteBeforeReplace === true) {
            throw new Error(
                `${name}: deleteBeforeReplace cannot be true, for a snapshot that is taken anew must not cost the one there is`,
            );
        }
        const unset = Object.fromEntries(outputs.map((output) => [output, undefined]));
        const context = contextFor("Snapshot", name, opts);
        const options = pulumi.mergeOptions(opts, { deleteBeforeReplace: false, hideDiffs: [ours] });
        const traced = untraced();
        try {
            super(snapshotStub, name, { ...unset, ...args, [ours]: context }, options, "devdb", "Snapshot");
        } finally {
            traced();
        }
    }
}

/** Every output is named in the inputs, since Pulumi resolves only those. */
const outputs = [
    ...[
        "file",
        "fileSha256",
        "dbInstanceIdentifier",
        "dbSnapshotIdentifier",
        "engine",
        "engineVersion",
        "dbName",
        "username",
        "method",
        "path",
        "image",
        "sizeBytes",
    ],
    ...["sha256", "snapshotCreateTime", "tool", "host", "daemon", "triggers", "tags", "runtime"],
] as const;
