import { Transform, type TransformCallback } from "node:stream";

/**
 * Splits the daemon's attach stream: 8 bytes of header (kind, three zeros, length as a big-endian 32-bit number), then that many bytes.
 * Kind 1 flows on, kind 2 goes to `onStderr`. Ours, because docker-modem's has no back-pressure and takes a corrupt header for data.
 * Errors on an unknown kind and on a stream that ends inside a frame.
 */
export function demux(onStderr: (chunk: Buffer) => void): Transform {
    let header = Buffer.alloc(0);
    let kind = 0;
    let left = 0;
    return new Transform({
        transform(chunk: Buffer, _encoding, done: TransformCallback) {
            let rest = chunk;
            // A program may write little at a time: what comes together goes on together.
            const parts: Buffer[] = [];
            while (rest.length > 0) {
                if (left === 0) {
                    const missing = 8 - header.length;
                    header = Buffer.concat([header, rest.subarray(0, missing)]);
                    rest = rest.subarray(missing);
                    if (header.length < 8) break;
                    kind = header[0] ?? 0;
                    left = header.readUInt32BE(4);
                    header = Buffer.alloc(0);
                    if (kind > 2) return done(new Error(`the container's output stream is broken: frame of unknown kind ${kind}`));
                    continue;
                }
                const part = rest.subarray(0, left);
                rest = rest.subarray(part.length);
                left -= part.length;
                if (kind === 2) onStderr(part);
                else parts.push(part);
            }
            if (parts.length > 0) this.push(parts.length === 1 ? parts[0] : Buffer.concat(parts));
            return done();
        },
        flush(done: TransformCallback) {
            done(left > 0 || header.length > 0 ? new Error("the container's output stream was cut") : null);
        },
    });
}
