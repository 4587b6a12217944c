import * as pulumi from "@pulumi/pulumi";
import { contextFor, ours } from "./context";
import type { DockerRuntime, InstanceArgs, Seed } from "./instance-args";
import { instanceStub } from "./stub";
import { untraced } from "./untraced";

/**
 * A database server in a container of its own, ready when `pulumi up` is done: this resource's last step is a login over the published port as the
 * final user. `pulumi destroy` leaves nothing of it.
 *
 * ```ts
 * const orders = new devdb.Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });
 * export const url = orders.connectionString;
 * ```
 *
 * A replacement deletes first, since names are predictable: `deleteBeforeReplace: false` is refused.
 */
export class Instance extends pulumi.dynamic.Resource {
    /** Host under which the published port is reached: `127.0.0.1` where the daemon is this machine. */
    declare readonly address: pulumi.Output<string>;
    /** The published host port. */
    declare readonly port: pulumi.Output<number>;
    /** `address:port`. */
    declare readonly endpoint: pulumi.Output<string>;
    /** A URL with user, password and database for the engine's usual drivers. A secret. */
    declare readonly connectionString: pulumi.Output<string>;
    /** The master user's password, given or generated. A secret. */
    declare readonly password: pulumi.Output<string>;
    /** What the server says its version is: `17.5`. */
    declare readonly engineVersionActual: pulumi.Output<string>;
    /** The image that runs, by the reference it was found under. */
    declare readonly image: pulumi.Output<string>;
    /** That image's digest in its registry, or its id where it has none: what the instance stays on until asked to move. */
    declare readonly imageDigest: pulumi.Output<string>;
    /** As of the last `up` or `refresh`. */
    declare readonly status: pulumi.Output<"starting" | "available" | "unhealthy" | "stopped">;
    /** The container's id: another one after each recreate, while `id` stays. */
    declare readonly containerId: pulumi.Output<string>;
    /** The volume that holds the data, where one does. */
    declare readonly volumeName: pulumi.Output<string | undefined>;
    /** `identifier:port` for containers on one of the `networks`; nothing without networks. */
    declare readonly internalEndpoint: pulumi.Output<string | undefined>;
    /** Which container daemon the instance lives on: its id, and its host's name. */
    declare readonly daemon: pulumi.Output<string>;
    /** When the instance was made, ISO 8601. A recreate keeps it. */
    declare readonly createdAt: pulumi.Output<string>;

    declare readonly engine: pulumi.Output<string>;
    declare readonly engineVersion: pulumi.Output<string>;
    declare readonly identifier: pulumi.Output<string>;
    declare readonly dbName: pulumi.Output<string | undefined>;
    declare readonly username: pulumi.Output<string>;
    declare readonly publiclyAccessible: pulumi.Output<boolean>;
    declare readonly parameters: pulumi.Output<Record<string, string>>;
    declare readonly environment: pulumi.Output<Record<string, string>>;
    declare readonly durability: pulumi.Output<"durable" | "fast">;
    declare readonly storage: pulumi.Output<"container" | "volume" | "tmpfs">;
    declare readonly instanceClass: pulumi.Output<string | undefined>;
    /** Bytes; nothing without a limit. */
    declare readonly memory: pulumi.Output<number | undefined>;
    declare readonly cpus: pulumi.Output<number | undefined>;
    declare readonly networks: pulumi.Output<string[]>;
    declare readonly aliases: pulumi.Output<string[]>;
    declare readonly tags: pulumi.Output<Record<string, string>>;
    /** The steps that have run. */
    declare readonly seeds: pulumi.Output<(Seed & { sha256: string })[]>;
    /** What the instance was made from, where it was made from a snapshot. */
    declare readonly snapshotIdentifier: pulumi.Output<string | undefined>;
    declare readonly deletionProtection: pulumi.Output<boolean>;
    declare readonly skipFinalSnapshot: pulumi.Output<boolean>;
    /** The final snapshot's id, chosen where the program names none; nothing where none will be taken. */
    declare readonly finalSnapshotIdentifier: pulumi.Output<string | undefined>;
    declare readonly priming: pulumi.Output<boolean>;
    /** Seconds. */
    declare readonly startupTimeout: pulumi.Output<number>;
    declare readonly acceptLicense: pulumi.Output<boolean>;
    declare readonly runtime: pulumi.Output<DockerRuntime | undefined>;

    constructor(name: string, args: InstanceArgs, opts: pulumi.CustomResourceOptions = {}) {
        if (opts.deleteBeforeReplace === false) {
            throw new Error(
                `${name}: deleteBeforeReplace cannot be false, for an instance's names and port are predictable; give a replacement that must live beside it another identifier`,
            );
        }
        const inputs = { ...args, ...(args.password === undefined ? {} : { password: pulumi.secret(args.password) }) };
        const unset = Object.fromEntries(outputs.map((output) => [output, undefined]));
        const options = { deleteBeforeReplace: true, additionalSecretOutputs: ["password", "connectionString"], hideDiffs: [ours] };
        const secret = (value: unknown) => pulumi.isSecret(pulumi.output(value)).then((is) => is || undefined);
        const context = {
            ...contextFor("Instance", name, opts),
            ...(args.environment === undefined ? {} : { secretEnvironment: secret(args.environment) }),
            ...(args.seeds === undefined ? {} : { secretSeeds: secret(args.seeds) }),
        };
        const traced = untraced();
        try {
            super(instanceStub, name, { ...unset, ...inputs, [ours]: context }, pulumi.mergeOptions(opts, options), "devdb", "Instance");
        } finally {
            traced();
        }
    }
}

/** Every output is named in the inputs, since Pulumi resolves only those. */
const outputs = [
    ...[
        "address",
        "port",
        "endpoint",
        "connectionString",
        "password",
        "engineVersionActual",
        "image",
        "imageDigest",
        "status",
        "containerId",
    ],
    ...[
        "volumeName",
        "internalEndpoint",
        "daemon",
        "createdAt",
        "engine",
        "engineVersion",
        "identifier",
        "dbName",
        "username",
        "publiclyAccessible",
    ],
    ...["parameters", "environment", "durability", "storage", "instanceClass", "memory", "cpus", "networks", "aliases", "tags"],
    ...[
        "seeds",
        "snapshotIdentifier",
        "deletionProtection",
        "skipFinalSnapshot",
        "finalSnapshotIdentifier",
        "priming",
        "startupTimeout",
        "acceptLicense",
        "runtime",
    ],
] as const;
