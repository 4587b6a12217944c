import { hasItemsOnly, itemsOf, pageSize } from "./postgres-page";

/** An index of names that has one page of entries. src/include/access/nbtree.h, src/include/access/itup.h */
const endSize = 16;
const inEnd = { previous: 0, next: 4, level: 8, flags: 12 } as const;
const leafAndRoot = 3;

/** Where the row is, then the entry's length, with flags, then the name and a zero; of each length that is a multiple of 8. */
const at = { length: 6, name: 8 } as const;
const lengthBits = 0x1fff;
const ofSeveralRows = 0x2000;
const multiple = 8;

export function isOnlyLeaf(page: Buffer): boolean {
    const end = page.subarray(pageSize - endSize);
    const alone = [inEnd.previous, inEnd.next, inEnd.level].every((offset) => end.readUInt32LE(offset) === 0);
    const simple = itemsOf(page).every((entry) => (entry.readUInt16LE(at.length) & ofSeveralRows) === 0);
    return hasItemsOnly(page) && alone && end.readUInt16LE(inEnd.flags) === leafAndRoot && simple;
}

export function keyOf(entry: Buffer): Buffer {
    return entry.subarray(at.name, entry.indexOf(0, at.name));
}

/** The entry of the same row under another name. */
export function entryOf(entry: Buffer, name: string): Buffer {
    const length = Math.ceil((at.name + Buffer.byteLength(name) + 1) / multiple) * multiple;
    const changed = Buffer.alloc(length);
    entry.copy(changed, 0, 0, at.name);
    changed.writeUInt16LE((entry.readUInt16LE(at.length) & ~lengthBits) | length, at.length);
    changed.write(name, at.name);
    return changed;
}
