import { type Duplex, PassThrough } from "node:stream";
import * as zlib from "node:zlib";

/** `none`: what the engine's tool writes is compressed already. */
export type Compression = "zstd" | "gzip" | "none";

interface Zstd {
    readonly createZstdCompress: () => Duplex;
    readonly createZstdDecompress: () => Duplex;
}

/** Node has zstd from 22.15 and 23.8 on. */
const zstd = "createZstdCompress" in zlib ? (zlib as unknown as Zstd) : undefined;

/** zstd where this Node has it, else gzip at its fastest. */
export const preferred: Compression = zstd ? "zstd" : "gzip";

export const suffix: Readonly<Record<Compression, string>> = { zstd: "zst", gzip: "gz", none: "dump" };

export function compressor(): Duplex {
    return zstd ? zstd.createZstdCompress() : zlib.createGzip({ level: 1, chunkSize: 128 * 1024 });
}

export function decompressor(compression: Compression): Duplex {
    if (compression === "none") return new PassThrough();
    if (compression === "gzip") return zlib.createGunzip({ chunkSize: 128 * 1024 });
    if (zstd) return zstd.createZstdDecompress();
    throw new Error(`the snapshot is compressed with zstd, which Node ${process.versions.node} does not have: use Node 22.15 or newer`);
}
