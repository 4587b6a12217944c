/**
 * A row as it is in a table's page, all of which is changed in its place.
 * https://www.postgresql.org/docs/current/storage-page-layout.html#STORAGE-TUPLE-LAYOUT
 */
const at = { flags: 20, headerSize: 22, present: 23 } as const;
const flag = { hasNull: 0x0001, committed: 0x0100, aborted: 0x0200 } as const;

/** Bytes of a number and a name, with which the rows of most system tables begin. */
export const oidSize = 4;
export const nameSize = 64;

/** Its columns. */
export function dataOf(row: Buffer): Buffer {
    return row.subarray(row.readUInt8(at.headerSize));
}

export function padded(name: string): Buffer {
    const bytes = Buffer.alloc(nameSize);
    bytes.write(name);
    return bytes;
}

/** As if the transaction that made it had failed: nobody sees it, and a vacuum takes it away, and what points to it. */
export function takenBack(row: Buffer): void {
    row.writeUInt16LE((row.readUInt16LE(at.flags) & ~flag.committed) | flag.aborted, at.flags);
}

/** Makes the last column that is not null, counted from 0, null. */
export function withoutColumn(row: Buffer, column: number): void {
    if ((row.readUInt16LE(at.flags) & flag.hasNull) === 0) throw new RangeError("a row without nulls has no room for one");
    const byte = at.present + (column >> 3);
    row.writeUInt8(row.readUInt8(byte) & ~(1 << (column & 7)), byte);
}
