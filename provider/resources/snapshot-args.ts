import type * as pulumi from "@pulumi/pulumi";
import type { DockerRuntime } from "./instance-args";

/**
 * What a Snapshot is taken of, and how. *Anew* means: the new one is there before the old one goes. What is made from it is replaced then, unless
 * `ignoreChanges: ["snapshotIdentifier"]` keeps it.
 */
export interface SnapshotArgs {
    /**
     * The instance's id. It must run while the snapshot is taken, and goes on answering.
     *
     * Changing it takes the snapshot anew. A source that is replaced under the same id, emptied or deleted changes nothing.
     */
    dbInstanceIdentifier: pulumi.Input<string>;
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
