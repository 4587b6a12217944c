import { type KeyObject, randomBytes, sign } from "node:crypto";

const ecdsaWithSha256 = [1, 2, 840, 10045, 4, 3, 2] as const;
const commonName = [2, 5, 4, 3] as const;
const basicConstraints = [2, 5, 29, 19] as const;

const years = 10;

/** A certificate of an elliptic key that vouches for itself (RFC 5280), in PEM: as servers make for themselves. Node reads certificates, and makes none. */
export function selfSigned(
    name: string,
    { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
): string {
    const algorithm = sequence(identifier(ecdsaWithSha256));
    // 64 characters is the longest there may be.
    const subject = sequence(set(sequence(identifier(commonName), node(0x0c, Buffer.from(name.slice(0, 64), "utf8")))));
    const now = new Date();
    const until = new Date(now);
    until.setFullYear(until.getFullYear() + years);
    // Its own authority too, since clients that check are given it as one.
    const authority = sequence(
        identifier(basicConstraints),
        node(0x01, Buffer.from([0xff])),
        node(0x04, sequence(node(0x01, Buffer.from([0xff])))),
    );
    const body = sequence(
        node(0xa0, node(0x02, Buffer.from([2]))),
        node(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
        algorithm,
        subject,
        sequence(time(new Date(now.getTime() - 86_400_000)), time(until)),
        subject,
        publicKey.export({ type: "spki", format: "der" }),
        node(0xa3, sequence(authority)),
    );
    const signature = node(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]));
    const text = sequence(body, algorithm, signature).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
    return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

/** DER: a tag, the length, the content. */
function node(tag: number, content: Buffer): Buffer {
    const { length } = content;
    const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...items: readonly Buffer[]): Buffer {
    return node(0x30, Buffer.concat(items));
}

function set(...items: readonly Buffer[]): Buffer {
    return node(0x31, Buffer.concat(items));
}

/** The first two numbers share a byte; of the others each byte but the last has its highest bit set. */
function identifier([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
    const bytes = rest.flatMap((number) => {
        const low = [number & 0x7f];
        for (let high = number >> 7; high > 0; high >>= 7) low.unshift((high & 0x7f) | 0x80);
        return low;
    });
    return node(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

/** Years until 2049 have two digits. */
function time(at: Date): Buffer {
    const digits = at.toISOString().replace(/[-:T]|\.\d+/g, "");
    return at.getUTCFullYear() < 2050 ? node(0x17, Buffer.from(digits.slice(2))) : node(0x18, Buffer.from(digits));
}
