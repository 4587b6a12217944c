/** CRC-32C (Castagnoli), by a table: what PostgreSQL ends its control file with. Node's own is of another polynomial. */
export function crc32c(bytes: Uint8Array): number {
    let register = 0xffffffff;
    for (const byte of bytes) register = (table[(register ^ byte) & 0xff] ?? 0) ^ (register >>> 8);
    return ~register >>> 0;
}

const table = Array.from({ length: 256 }, (_, byte) => {
    let register = byte;
    for (let bit = 0; bit < 8; bit += 1) register = register & 1 ? (register >>> 1) ^ 0x82f63b78 : register >>> 1;
    return register;
});
