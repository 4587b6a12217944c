export { Instance } from "./resources/instance";
export type { DockerRuntime, EngineName, InstanceArgs, Seed } from "./resources/instance-args";
export { Snapshot } from "./resources/snapshot";
export type { SnapshotArgs, SnapshotOfFileArgs, SnapshotOfInstanceArgs } from "./resources/snapshot-args";
