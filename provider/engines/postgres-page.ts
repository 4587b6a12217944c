/**
 * A page of a table or of an index as it is on the disk, in the same form since version 8.3, where numbers are little endian.
 * https://www.postgresql.org/docs/current/storage-page-layout.html
 */
export const pageSize = 8192;

const headerSize = 24;
const at = { checksum: 8, flags: 10, lower: 12, upper: 14, special: 16, sizeAndLayout: 18 } as const;
const sizeAndLayout = pageSize | 4;
const allVisible = 4;

/** Whether the form is that one, and the checksum is right, where there is one. */
export function isPage(page: Buffer, block: number): boolean {
    if (page.length !== pageSize || page.readUInt16LE(at.sizeAndLayout) !== sizeAndLayout) return false;
    const [lower = 0, upper = 0, special = 0] = [at.lower, at.upper, at.special].map((offset) => page.readUInt16LE(offset));
    const inOrder = headerSize <= lower && lower <= upper && upper <= special && special <= pageSize;
    const checksum = page.readUInt16LE(at.checksum);
    return inOrder && pointersOf(page).every(isWithin) && (checksum === 0 || checksum === checksumOf(page, block));
}

/** Whether every transaction sees all its rows. */
export function isAllVisible(page: Buffer): boolean {
    return (page.readUInt16LE(at.flags) & allVisible) !== 0;
}

/** Parts of the page, in the order of its line pointers. */
export function itemsOf(page: Buffer): Buffer[] {
    const withItem = pointersOf(page).filter(({ kind }) => kind === ordinary);
    return withItem.map(({ offset, length }) => page.subarray(offset, offset + length));
}

/** Whether each line pointer has an item, and not another one's, or none any more. */
export function hasItemsOnly(page: Buffer): boolean {
    return pointersOf(page).every(({ kind }) => kind === ordinary);
}

interface Pointer {
    readonly offset: number;
    readonly kind: number;
    readonly length: number;
}

const ordinary = 1;

/** 15 bits, 2 bits, 15 bits. */
function pointersOf(page: Buffer): readonly Pointer[] {
    const count = (page.readUInt16LE(at.lower) - headerSize) >> 2;
    return Array.from({ length: count }, (_, index) => {
        const pointer = page.readUInt32LE(headerSize + 4 * index);
        return { offset: pointer & 0x7fff, kind: (pointer >>> 15) & 3, length: pointer >>> 17 };
    });
}

function isWithin({ offset, kind, length }: Pointer): boolean {
    return kind === ordinary ? offset >= headerSize && offset + length <= pageSize : length === 0;
}

/** A page of the same head and end with these items. Throws a RangeError where they do not fit. */
export function withItems(page: Buffer, items: readonly Buffer[]): Buffer {
    const special = page.readUInt16LE(at.special);
    const lower = headerSize + 4 * items.length;
    const changed = Buffer.from(page).fill(0, headerSize, special);
    let upper = special;
    for (const [index, item] of items.entries()) {
        upper -= item.length;
        if (upper < lower) throw new RangeError("the items are more than the page holds");
        item.copy(changed, upper);
        changed.writeUInt32LE(((item.length << 17) | (ordinary << 15) | upper) >>> 0, headerSize + 4 * index);
    }
    changed.writeUInt16LE(lower, at.lower);
    changed.writeUInt16LE(upper, at.upper);
    return changed;
}

/** The page with the checksum that it is to have by now; one that had none is to have none. */
export function summed(page: Buffer, block: number): Buffer {
    const changed = Buffer.from(page);
    if (page.readUInt16LE(at.checksum) !== 0) changed.writeUInt16LE(checksumOf(page, block), at.checksum);
    return changed;
}

/** src/include/storage/checksum_impl.h */
const beginnings = [
    ...[0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c],
    ...[0xf8d4474f, 0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb],
    ...[0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4],
    ...[0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756],
];
const prime = 16_777_619;

/** FNV-1a with a shift, of 32 columns of words, and of two more rows of zeros; folded together with the page's number to 16 bits that are never 0. */
function checksumOf(page: Buffer, block: number): number {
    const sums = Uint32Array.from(beginnings);
    for (let word = 0; word < pageSize / 4 + 2 * sums.length; word += 1) {
        const column = word % sums.length;
        const mixed = (sums[column] ?? 0) ^ wordOf(page, 4 * word);
        sums[column] = Math.imul(mixed, prime) ^ (mixed >>> 17);
    }
    return (sums.reduce((all, each) => (all ^ each) >>> 0, block) % 65_535) + 1;
}

/** The checksum's own place counts as empty. */
function wordOf(page: Buffer, offset: number): number {
    if (offset >= pageSize) return 0;
    const word = page.readUInt32LE(offset);
    return offset === at.checksum ? (word & 0xffff0000) >>> 0 : word;
}
