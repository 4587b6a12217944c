export { Instance } from "./resources/instance";
export type { DockerRuntime, EngineName, InstanceArgs } from "./resources/instance-args";
