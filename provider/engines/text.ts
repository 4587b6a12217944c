import type { Address, Fault, Login } from "./engine";

/** A standard SQL string literal: quotes doubled, backslashes as they are. */
export function sqlLiteral(text: string): string {
    return `'${text.replaceAll("'", "''")}'`;
}

/** A name in the quotes of its dialect, of which the closing one is doubled within: `"…"`, `` `…` ``, `[…]`. */
export function quotedName(name: string, [open, close]: readonly [open: string, close: string]): string {
    return `${open}${name.replaceAll(close, close + close)}${close}`;
}

/** One word of a shell's, whatever is in it. */
export function shellWord(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `scheme://user:password@host:port/database`, everything in it percent-encoded. */
export function databaseUrl(scheme: string, { username, password, dbName = "" }: Login, at: Address): string {
    const [user, secret, database] = [username, password, dbName].map(encodeURIComponent);
    return `${scheme}://${user}:${secret}@${at.host}:${at.port}/${database}`;
}

export interface NameRule {
    /** The longest name in bytes of UTF-8. */
    readonly maxBytes?: number;
    /** The longest name in characters, where the engine counts those. */
    readonly maxCharacters?: number;
    /** Names that the engine keeps for itself. */
    readonly reserved?: { readonly username?: RegExp; readonly dbName?: RegExp };
    /** The shape that both names must have, where the engine has one; with words for the message. */
    readonly shape?: Shape;
}

export interface Shape {
    readonly pattern: RegExp;
    readonly words: string;
}

/** What is wrong with the user's and the database's name; where the two have different rules, with one of them at a time. */
export function namesFault(
    account: Partial<Login>,
    rule: NameRule,
    properties: readonly ("username" | "dbName")[] = ["username", "dbName"],
): readonly Fault[] {
    return properties.flatMap((property) => {
        const name = account[property];
        const reason = name === undefined ? undefined : nameFault(name, rule, property);
        return reason === undefined ? [] : [{ property, reason }];
    });
}

function nameFault(name: string, rule: NameRule, property: "username" | "dbName"): string | undefined {
    if (name === "") return "is empty; leave it out for the engine's default";
    if (hasControl(name)) return "holds a control character; use printable characters only";
    const { maxBytes = Number.POSITIVE_INFINITY, maxCharacters = Number.POSITIVE_INFINITY } = rule;
    if (Buffer.byteLength(name) > maxBytes) return `is ${Buffer.byteLength(name)} bytes long; the engine takes at most ${maxBytes}`;
    if (name.length > maxCharacters) return `is ${name.length} characters long; the engine takes at most ${maxCharacters}`;
    if (rule.shape && !rule.shape.pattern.test(name)) return `must be ${rule.shape.words}`;
    if (rule.reserved?.[property]?.test(name)) return "is reserved by the engine; choose another name";
    return undefined;
}

export interface PasswordRule {
    readonly maxBytes: number;
    /** Characters that the engine cannot take in a password. */
    readonly without?: string;
    readonly shape?: Shape;
}

/** What is wrong with the password. The reason never repeats it. */
export function passwordFault(account: Partial<Login>, rule: PasswordRule): readonly Fault[] {
    const { password } = account;
    if (password === undefined) return [];
    const fault = (reason: string): readonly Fault[] => [{ property: "password", reason }];
    if (password === "") return fault("is empty; leave it out to have one generated");
    if (hasControl(password)) return fault("holds a control character, such as a line break; use printable characters only");
    if (Buffer.byteLength(password) > rule.maxBytes) return fault(`is longer than the engine's ${rule.maxBytes} bytes`);
    if (rule.shape && !rule.shape.pattern.test(password)) return fault(`must be ${rule.shape.words}`);
    const refused = [...(rule.without ?? "")].find((character) => password.includes(character));
    return refused === undefined ? [] : fault(`holds the character ${refused}, which the engine cannot take in a password`);
}

/** A lone half of a surrogate pair counts too: it has no bytes in UTF-8, so no server would store what was meant. */
function hasControl(text: string): boolean {
    return /\p{Cc}|\p{Cs}/u.test(text);
}
