import type { Bench } from "../bench";
import { interleaved } from "../interleaved";
import { hook } from "../ways/hook";
import { plain } from "../ways/plain";

export const kinds = {
    volume: 'storage: "volume"',
    unprimedVolume: 'storage: "volume", priming off',
    plainVolume: "docker run, volume",
    tmpfs: 'storage: "tmpfs"',
    plainTmpfs: "docker run, tmpfs",
} as const;

/** The same for the storages that are not the default. */
export async function storage(bench: Bench): Promise<void> {
    for (const subject of bench.subjects) {
        const { image, dataDirectory } = subject;
        await interleaved(bench, "storage", subject, [
            hook(subject, { storage: "volume" }, kinds.volume),
            hook(subject, { storage: "volume", priming: false }, kinds.unprimedVolume),
            plain(subject, image, { volume: dataDirectory }, kinds.plainVolume),
            hook(subject, { storage: "tmpfs" }, kinds.tmpfs),
            plain(subject, image, { tmpfs: dataDirectory }, kinds.plainTmpfs),
        ]);
    }
}
