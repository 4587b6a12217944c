import { cpus, release, totalmem, type } from "node:os";
import { daemon } from "./docker";

/** Where the figures come from: they mean nothing elsewhere. */
export interface Machine {
    readonly cpus: number;
    readonly processor: string;
    /** Bytes. */
    readonly memory: number;
    readonly kernel: string;
    readonly docker: string;
    readonly storageDriver: string;
    readonly node: string;
}

export async function machine(): Promise<Machine> {
    const { Driver } = (await daemon.info()) as { readonly Driver: string };
    const { Version } = await daemon.version();
    return {
        cpus: cpus().length,
        processor: cpus()[0]?.model.trim() ?? "unknown",
        memory: totalmem(),
        kernel: `${type()} ${release()}`,
        docker: Version,
        storageDriver: Driver,
        node: process.version,
    };
}
