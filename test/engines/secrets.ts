import fc from "fast-check";
import type { Engine, Login } from "../../provider/engines/engine";

/** A mark that no script holds by itself, so that finding it anywhere means that a secret is there. */
export const mark = "Zq7";

const awkward = [
    "'",
    '"',
    "\\",
    "$",
    "`",
    " ",
    "%",
    "#",
    ";",
    "&",
    "@",
    "/",
    ":",
    "!",
    "-",
    "--",
    "$(x)",
    "]",
    "}",
    "é",
    "ß",
    "漢",
    "😀",
    "\u0301",
];

/**
 * Passwords as people and generators make them: what a shell, a URL, an option file or SQL could misread is frequent.
 * All are as Unicode normalises them; what PostgreSQL makes of others has its own test.
 */
export const passwords: fc.Arbitrary<string> = fc
    .array(fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: "grapheme", maxLength: 4 })), { maxLength: 12 })
    .map((parts) => `${mark}${parts.join("")}`.normalize("NFKC"))
    .filter((password) => !/\p{Default_Ignorable_Code_Point}|(?! )\p{Zs}|[\u1806\u200b]/u.test(password));

/** The engine's own default, and a further login; names are such as the engine takes. */
export function loginsOf(engine: Engine, password: string): readonly Login[] {
    const plain = { username: "app", dbName: "orders", password };
    const awkwardNames = { username: "a'b\"c `d$(e)", dbName: "o'r\"d`e]r\\s %", password };
    return [{ ...engine.defaults, password }, plain, awkwardNames].filter((login) => engine.faults(login).length === 0);
}
