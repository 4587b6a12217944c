import { createHash } from "node:crypto";
import { crc32c } from "./crc32c";
import type { Start } from "./engine";

/**
 * The system identifier is the cluster's, and so would be that of all servers that start on one layer. A publisher names the slots by which a subscriber copies
 * tables after it, so that two such subscribers would take each other's, and lose rows. It is in two places: the control file begins with it and ends with a
 * checksum, and it is in the first page of a log. So a layer's maker shows both, and a first start writes them, by the shell alone: no program, no round trip.
 */
const showing = /^control ([0-9a-f]+) ([0-9a-f]+)$/m;

/** Shell, in the data directory of a server that was stopped cleanly, with nothing but a new log. What counts of the control file is in its first 512 bytes. */
export const identifierShown = `
hex() { od -An -v -tx1 -N"$1" "$2" | tr -d ' \\n'; }
for log in pg_wal/0*; do echo "control $(hex 512 global/pg_control) $(hex 32 "$log")"; done`;

/** That line, of what was printed. */
export function shownIdentifier(printed: string): string | undefined {
    return showing.exec(printed)?.[0];
}

/**
 * Shell, in the data directory, before the server starts on the layer: nothing where that line is not known, or is not understood. Where a server has been
 * started already, the files are its own, even if nothing else tells so any more.
 */
export function ownIdentifier({ bootstrap, known = "" }: Pick<Start, "bootstrap" | "known">): string {
    const [, control = "", log = ""] = showing.exec(known) ?? [];
    const changed = withIdentifier(Buffer.from(control, "hex"), Buffer.from(log, "hex"), identifierFrom(bootstrap));
    if (!changed) return "";
    return `
if [ ! -e postmaster.opts ]; then
    printf '${escaped(changed.control)}' 1<>global/pg_control
    for log in pg_wal/0*; do printf '${escaped(changed.log)}' 1<>"$log"; done
fi`;
}

/** Where it is in the first page of a log. */
const inLog = 24;

function withIdentifier(control: Buffer, log: Buffer, identifier: Buffer): { readonly control: Buffer; readonly log: Buffer } | undefined {
    const length = lengthOf(control);
    if (length === undefined || log.length < inLog + 8 || !log.subarray(inLog, inLog + 8).equals(control.subarray(0, 8))) return undefined;
    const summed = Buffer.concat([identifier, control.subarray(8, length)]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32c(summed));
    return { control: Buffer.concat([summed, checksum]), log: Buffer.concat([log.subarray(0, inLog), identifier]) };
}

/** How much of the control file its checksum is of, which differs by version: up to where it is right. */
function lengthOf(control: Buffer): number | undefined {
    for (let length = 100; length + 4 <= control.length; length += 4)
        if (control.readUInt32LE(length) === crc32c(control.subarray(0, length))) return length;
    return undefined;
}

/** Little endian, of 63 bits: some tools read it with a sign. */
function identifierFrom(bootstrap: string): Buffer {
    const identifier = createHash("sha256").update(`identifier ${bootstrap}`).digest().subarray(0, 8);
    identifier.writeUInt8(identifier.readUInt8(7) & 0x7f, 7);
    return identifier;
}

/** For printf's format, in which every shell reads them. */
function escaped(bytes: Buffer): string {
    return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
