import type * as pulumi from "@pulumi/pulumi";

/**
 * What an Instance is made from. Names follow `aws.rds.Instance` wherever RDS has a name for the thing.
 *
 * Each argument says what changing it does, in one of five words, which `pulumi preview` says too: *in place*; *restart*; *recreate* (a new container,
 * the same data); *carry* (all databases and users go by dump and restore into something new); *replace* (starts empty).
 */
export interface InstanceArgs {
    /**
     * RDS's name of the engine: `postgres`; `mysql`; `mariadb`; `sqlserver-ee`, `-se`, `-ex`, `-web` or `sqlserver`; `oracle-ee`, `oracle-se2`, each also
     * with `-cdb`, or `oracle`; `db2-se`, `db2-ae` or `db2`.
     *
     * Changing it replaces the instance.
     */
    engine: pulumi.Input<EngineName>;
    /**
     * A line such as `17`, or a version of it such as `17.5`. Never silently another: the started server's version must begin with it.
     *
     * @default the engine's newest long-lived line, chosen once and kept in the state
     *
     * Changing it recreates within a major version, else carries.
     */
    engineVersion?: pulumi.Input<string>;
    /**
     * Any image that speaks the engine's official entrypoint protocol: PostGIS, a mirror, a digest. Never built here.
     *
     * @default from engine and engineVersion
     *
     * Changing it recreates within a major version, else carries.
     */
    image?: pulumi.Input<string>;
    /**
     * Name of the container and the resource's `id`. RDS's rule: lower-case letters, digits and single hyphens, at most 63, a letter first.
     *
     * @default `<project>-<stack>-<name>`, with a short hash only where that had to be cut or altered
     *
     * Changing it replaces the instance.
     */
    identifier?: pulumi.Input<string>;
    /**
     * A database that is made if it is missing.
     *
     * @default `postgres` for PostgreSQL, none for MySQL, MariaDB and SQL Server, `FREEPDB1` for Oracle, `DEVDB` for Db2
     *
     * Changing it replaces the instance.
     */
    dbName?: pulumi.Input<string>;
    /**
     * The master user, made if missing, who may create databases, roles and extensions.
     *
     * @default `postgres`, `root` (MySQL, MariaDB), `sa`, `system`, `db2inst1`
     *
     * Changing it replaces the instance.
     */
    username?: pulumi.Input<string>;
    /**
     * The master user's password; a secret, whatever it is given as.
     *
     * @default generated: 24 letters and digits, a letter first; the output `password` has it
     *
     * Changing it happens in place; taking it away keeps the one there is.
     */
    password?: pulumi.Input<string>;
    /**
     * The host port; `{ preferred: 5432 }` takes that one or the next free one up to 100 above.
     *
     * @default a free port, chosen once and kept in the state
     *
     * Changing it recreates, unless the port there is suits the new wish.
     */
    port?: pulumi.Input<number | { preferred: number }>;
    /**
     * Publishes the port on every interface, not only on loopback.
     *
     * @default false
     *
     * Changing it recreates.
     */
    publiclyAccessible?: pulumi.Input<boolean>;
    /**
     * Server parameters, as a parameter group's: they go into a file in the container. Refused for engines whose image reads none.
     *
     * @default {}
     *
     * Changing it restarts; parameters that the server refuses are taken back.
     */
    parameters?: pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>;
    /**
     * Further variables for the image. Secrets, and variables that belong to the other arguments, are refused.
     *
     * @default {}
     *
     * Changing it recreates.
     */
    environment?: pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>;
    /**
     * `durable`: the server's own defaults. `fast`: no fsync and its kin, for data that can be made again.
     *
     * @default "durable"
     *
     * Changing it restarts.
     */
    durability?: pulumi.Input<"durable" | "fast">;
    /**
     * `container`: survives stop and restart, and goes with the instance. `volume`: a named volume. `tmpfs`: memory; whatever stops the server loses
     * the data, so that a restart, recreate or carry becomes a replacement.
     *
     * @default "container"
     *
     * Changing it carries; out of `tmpfs` it replaces. Refused where the engine's dump leaves out the master user's data: Oracle's `system`.
     */
    storage?: pulumi.Input<"container" | "volume" | "tmpfs">;
    /**
     * A volume that you own, for `storage: "volume"`: made if missing, never removed.
     *
     * @default the instance's own volume, which goes with it
     *
     * Changing it carries, into a volume that must be empty: an error that leaves everything as it was where it holds data.
     */
    volumeName?: pulumi.Input<string>;
    /**
     * An RDS class such as `db.t3.micro`: its vCPUs (at most the machine's) and memory become the limits. Or give `memory` and `cpus`.
     *
     * @default no limits
     *
     * Changing it happens in place; taking it away recreates.
     */
    instanceClass?: pulumi.Input<string>;
    /**
     * The memory limit: bytes, or a text such as `512m` or `2 GiB` (powers of 1024). No swap on top.
     *
     * @default no limit
     *
     * Changing it happens in place; taking it away recreates.
     */
    memory?: pulumi.Input<number | string>;
    /**
     * The limit of processors, whole or part.
     *
     * @default no limit
     *
     * Changing it happens in place; taking it away recreates.
     */
    cpus?: pulumi.Input<number>;
    /**
     * Container networks to join besides the default bridge, by name. They must exist.
     *
     * @default []
     *
     * Changing it happens in place.
     */
    networks?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Further host names on those networks, besides the identifier.
     *
     * @default []
     *
     * Changing it happens in place.
     */
    aliases?: pulumi.Input<pulumi.Input<string>[]>;
    /**
     * Labels of yours, kept as one JSON label: in the state at once, on the container when it is next made.
     *
     * @default {}
     *
     * Changing it happens in place.
     */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /**
     * Steps that fill the database, in this order, before the instance is `available`: each runs once, by the engine's own client inside the container, as
     * the master user in `dbName`, after a `snapshotIdentifier` has been restored. PostgreSQL takes a step that fails back whole.
     *
     * A step that fails is an error with its name, the server's words and the line; the next `up` goes on with it, and does not ask whether it was changed
     * meanwhile. Where the engine cannot take half a step back, a new instance begins empty again, and one that was available refuses the step until its
     * text is another.
     *
     * @default []
     *
     * Steps added at the end run in place; any other change replaces the instance. A file counts by its content, wherever it lies.
     */
    seeds?: pulumi.Input<pulumi.Input<Seed>[]>;
    /**
     * Makes the instance from a snapshot: a Snapshot's id, or the path of a manifest. It must be of this engine and of this version or an older one. What it
     * holds gets this instance's `username` and `dbName`, by default those of the source; its other users keep their grants, and cannot log in.
     *
     * @default none: the instance starts empty
     *
     * Changing it replaces the instance.
     */
    snapshotIdentifier?: pulumi.Input<string>;
    /**
     * `false`: deleting or replacing the instance takes a final snapshot first, which no stack owns; where that fails, the instance stays.
     *
     * @default true
     *
     * Changing it happens in place, and counts from the next `up` on.
     */
    skipFinalSnapshot?: pulumi.Input<boolean>;
    /**
     * The final snapshot's id.
     *
     * @default `<identifier>-final-<8 hex>`; the output has it
     *
     * Changing it happens in place, and counts from the next `up` on.
     */
    finalSnapshotIdentifier?: pulumi.Input<string>;
    /**
     * Refuses deletion and every change that replaces.
     *
     * @default false
     *
     * Changing it happens in place.
     */
    deletionProtection?: pulumi.Input<boolean>;
    /**
     * Starts from a layer in which the engine image was initialised once, where that can be done; `false`: this instance initialises itself. The
     * configuration `devdb:priming` set to false switches it off for a whole stack.
     *
     * @default true
     *
     * Changing it happens in place, and counts when the data is next made.
     */
    priming?: pulumi.Input<boolean>;
    /**
     * Seconds until the server must have answered.
     *
     * @default the engine's: 60 for PostgreSQL, more for slower ones
     *
     * Changing it happens in place.
     */
    startupTimeout?: pulumi.Input<number>;
    /**
     * Must be `true` for SQL Server, Oracle and Db2; the error names the terms that it accepts.
     *
     * @default false
     *
     * Changing it happens in place.
     */
    acceptLicense?: pulumi.Input<boolean>;
    /**
     * Where containers run. Settings are paths and context names, never keys.
     *
     * @default found in the environment: DOCKER_HOST, DOCKER_CONTEXT, the current context, the usual sockets
     *
     * Changing it replaces the instance.
     */
    runtime?: pulumi.Input<"docker" | DockerRuntime>;
}

/** A step of `seeds`: a name, and either its statements or a file that holds them. */
export interface Seed {
    /** Letters, digits, spaces, dots, hyphens and underscores, at most 63; another one for each step. */
    name: pulumi.Input<string>;
    /** The statements themselves, as the engine's own client reads them. */
    sql?: pulumi.Input<string>;
    /** The path of a file with statements; a relative one begins at the program's directory. */
    file?: pulumi.Input<string>;
}

/** Docker, or whatever else speaks its API. */
export interface DockerRuntime {
    kind: "docker";
    /** `unix:///…`, `npipe:////./pipe/…`, `tcp://host:port` or `ssh://user@host`. */
    host?: string;
    /** A Docker context by name. */
    context?: string;
    /** A folder with `ca.pem`, `cert.pem` and `key.pem`, for tcp. */
    certPath?: string;
    /** Whether the daemon's certificate must be right. @default true where certPath is given */
    tlsVerify?: boolean;
}

export type EngineName =
    | "postgres"
    | "mysql"
    | "mariadb"
    | "sqlserver-ee"
    | "sqlserver-se"
    | "sqlserver-ex"
    | "sqlserver-web"
    | "sqlserver"
    | "oracle-ee"
    | "oracle-ee-cdb"
    | "oracle-se2"
    | "oracle-se2-cdb"
    | "oracle"
    | "db2-se"
    | "db2-ae"
    | "db2";
