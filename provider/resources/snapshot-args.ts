import type * as pulumi from "@pulumi/pulumi";
import type { DockerRuntime } from "./instance-args";

/** What a Snapshot is made of: of an instance, or of a dump that you have. */
export type SnapshotArgs = SnapshotOfInstanceArgs | SnapshotOfFileArgs;

/** A Snapshot of everything in an instance. */
export interface SnapshotOfInstanceArgs extends CommonSnapshotArgs {
    /**
     * The instance's id. It must run while the snapshot is taken, and goes on answering.
     *
     * Changing it takes the snapshot anew. A source that is replaced under the same id, emptied or deleted changes nothing.
     */
    dbInstanceIdentifier: pulumi.Input<string>;
    file?: undefined;
}

/**
 * A Snapshot of a dump that you have: of one database, by `pg_dump` (custom or plain), `mysqldump` or `mariadb-dump`, gzipped or not. Its content tells what it
 * is, never its name. What is cut off, damaged or something else is an error before anything is made, in preview where its beginning shows it.
 */
export interface SnapshotOfFileArgs extends CommonSnapshotArgs {
    /**
     * The dump's path; a relative one begins at the program's directory.
     *
     * Another content takes the snapshot anew; another path changes nothing, nor does a file that is gone.
     */
    file: pulumi.Input<string>;
    dbInstanceIdentifier?: undefined;
}

/**
 * How a Snapshot is taken. *Anew* means: the new one is there before the old one goes. What is made from it is replaced then, unless
 * `ignoreChanges: ["snapshotIdentifier"]` keeps it.
 */
export interface CommonSnapshotArgs {
    /**
     * `logical`: the engine's own dump, which the same or a newer version reads, on any daemon. `image`: a layer on which copies start as fast as an empty
     * instance does, each with the files that it opens for writing to itself; for the same version, on the same daemon, of PostgreSQL, MySQL and MariaDB, not
     * of `tmpfs`. The server flushes, and is halted while its container's layer is written, or its volume copied. `auto`: an image where that can be had and
     * no `directory` is given; the output and the resource's row say which it was.
     *
     * @default "auto"
     *
     * Changing it takes the snapshot anew.
     */
    method?: pulumi.Input<"logical" | "auto" | "image">;
    /**
     * The snapshot's id. By RDS's rule: lower-case letters, digits and single hyphens, a letter first.
     *
     * @default `<project>-<stack>-<name>-<8 hex>`, another one each time it is taken
     *
     * Changing it takes the snapshot anew; one that you give must change whenever something else does that.
     */
    dbSnapshotIdentifier?: pulumi.Input<string>;
    /**
     * Any values: when one of them changes, the snapshot is taken anew.
     *
     * @default []
     */
    triggers?: pulumi.Input<unknown[]>;
    /**
     * The directory for the dump; refused with `method: "image"`. A relative one begins at the program's.
     *
     * @default the configuration `devdb:snapshotDirectory`, else `pulumi-devdb/snapshots` below the user's data directory
     *
     * Changing it takes the snapshot anew.
     */
    directory?: pulumi.Input<string>;
    /**
     * Labels of yours, kept in the manifest.
     *
     * @default {}
     *
     * Changing it happens in place; an image keeps those that it was taken with.
     */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /**
     * Where the instance's container runs.
     *
     * @default found in the environment, as for an Instance
     *
     * Changing it takes the snapshot anew.
     */
    runtime?: pulumi.Input<"docker" | DockerRuntime>;
}
