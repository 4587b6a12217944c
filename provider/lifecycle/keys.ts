import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { KeyKind, Keys } from "../engines/engine";
import { selfSigned } from "./certificate";

const generate = promisify(generateKeyPair);

/** Makes them on another thread than this one, so that they cost nothing while a container starts. */
export async function makeKeys(kinds: readonly KeyKind[], name: string): Promise<Keys> {
    const made = await Promise.all(kinds.map(async (kind) => [kind, await makers[kind](name)] as const));
    return Object.fromEntries(made);
}

const makers: Readonly<Record<KeyKind, (name: string) => Promise<{ readonly private: string; readonly public: string }>>> = {
    certificate: async (name) => {
        const { privateKey, publicKey } = await generate("ec", { namedCurve: "P-256" });
        return { private: pem(privateKey), public: selfSigned(name, { privateKey, publicKey }) };
    },
    rsa: async () => {
        const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
        return { private: pem(privateKey), public: publicKey.export({ type: "spki", format: "pem" }).toString() };
    },
};

function pem(key: KeyObject): string {
    return key.export({ type: "pkcs8", format: "pem" }).toString();
}
