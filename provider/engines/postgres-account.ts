import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { Login } from "./engine";
import { session } from "./postgres-psql";
import { quotedName, sqlLiteral } from "./text";

/**
 * A database that was made with the primed layer and waits for its name: making one takes hundreds of milliseconds, since all of its files are written and
 * synced, and naming one takes none.
 */
export const spare = "devdb_spare";

/** What a master user may. */
export const attributes = "LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS";

/** How often a password is hashed: the server's own default, in every version. */
const iterations = 4096;

/** The form in which the server stores a password: https://www.postgresql.org/docs/current/catalog-pg-authid.html */
function stored(salt: Buffer, clientKey: Buffer, serverKey: Buffer): string {
    const [first, second, third] = [salt, clientKey, serverKey].map((bytes) => bytes.toString("base64"));
    return `SCRAM-SHA-256$${iterations}:${first}$${second}:${third}`;
}

/** Its owner, who waits for a name and a password; of the same length as any verifier of ours is this one, to which no password leads. */
export const vacant = {
    role: "devdb_vacant",
    verifier: stored(Buffer.alloc(16), Buffer.alloc(32), Buffer.alloc(32)),
    /** How many may connect to the database, which tells it from one that a user gave its name. */
    connections: 19_720_612,
} as const;

/** Settings of a session whose statements, in which may be a password, are not for the server's log. */
export const silenced =
    "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic -c client_min_messages=error";

/** One batch over the trusted socket. The statements hold a password, so the server's logging is silenced for this session first. */
export function accountSql({ username, dbName = username }: Omit<Login, "password">, password: string): string {
    const [user, secret, database] = [sqlLiteral(username), sqlLiteral(password), sqlLiteral(dbName)];
    const missing = `NOT EXISTS (SELECT FROM pg_database WHERE datname = ${database})`;
    const waiting = `EXISTS (SELECT FROM pg_database WHERE datname = '${spare}' AND datconnlimit = ${vacant.connections})`;
    return [
        ...session("postgres"),
        "BEGIN;",
        ...executed(`format('CREATE ROLE %I LOGIN', ${user}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${user})`),
        ...executed(`format('ALTER ROLE %I WITH ${attributes} PASSWORD %L', ${user}, ${secret})`),
        ...(username === "postgres" ? [] : ["ALTER ROLE postgres PASSWORD NULL;"]),
        ...executed(
            `unnest(ARRAY['ALTER DATABASE ${spare} CONNECTION LIMIT -1', format('ALTER DATABASE ${spare} OWNER TO %I', ${user}), format('ALTER DATABASE ${spare} RENAME TO %I', ${database})]) WHERE ${missing} AND ${waiting}`,
        ),
        "COMMIT;",
        ...executed(`format('CREATE DATABASE %I OWNER %I', ${database}, ${user}) WHERE ${missing}`),
        ...executed(`'DROP DATABASE ${spare}' WHERE ${waiting}`),
        ...executed(
            `'DROP ROLE ${vacant.role}' WHERE EXISTS (SELECT FROM pg_authid WHERE rolname = '${vacant.role}' AND rolpassword = '${vacant.verifier}')`,
        ),
        "",
    ].join("\n");
}

/** Gives the user a database that was made for it; the one that comes with every server stays that server's. */
export function ownedSql({ username, dbName = username }: Omit<Login, "password">): string {
    if (dbName === "postgres") return "";
    const [database, user] = [dbName, username].map((name) => quotedName(name, ['"', '"']));
    return `ALTER DATABASE ${database} OWNER TO ${user};\n`;
}

/** What the server itself would store of a password (RFC 5803), so that it need not spend the time. The salt is made from what is random already. */
export function verifier(password: string, random: string): string {
    const salt = createHash("sha256").update(random).digest().subarray(0, 16);
    const salted = pbkdf2Sync(prepared(password), salt, iterations, 32, "sha256");
    const keyed = (words: string) => createHmac("sha256", salted).update(words).digest();
    return stored(salt, createHash("sha256").update(keyed("Client Key")).digest(), keyed("Server Key"));
}

/** Runs the statement that this expression makes, if it makes one. */
function executed(expression: string): readonly string[] {
    return [`SELECT ${expression}`, "\\gexec"];
}

/** RFC 3454, table B.1: joiners, selectors and their like. */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant by itself, whatever it would combine with.
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;

/**
 * SASLprep, as far as clients agree on it (RFC 4013): some apply it to every password, some not at all, and the server only to those without newer
 * characters such as emoji. What is stored and handed out is its result, which all of them leave as it is.
 */
export function prepared(password: string): string {
    return password
        .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ")
        .replace(mappedToNothing, "")
        .normalize("NFKC");
}
