import type { Copy } from "./engine";
import { accountSql, spare, vacant } from "./postgres-account";
import { hasOwn } from "./postgres-dump";
import { postgresLayering } from "./postgres-layering";
import { sqlLiteral } from "./text";

/** What is said to a copy's server as it starts on the layer: its names, and its master user's account. */
export interface FirstWords {
    /** Where they are said; its name is still the source's. A session reads a database's catalogue when it is the first there, and the user's is to come. */
    readonly database: string;
    /** `password`: a verifier. */
    readonly statements: (password: string) => string;
}

export function firstWords(copy: Copy): FirstWords {
    const { dbName } = copy.source.account;
    if (dbName !== undefined && isSimple(copy)) return { database: dbName, statements: (password) => rowsSql(copy, password) };
    return { database: "postgres", statements: (password) => `${postgresLayering.names(copy)}\n${accountSql(copy.target, password)}` };
}

/** The database is there, and no name that changes, or that another one becomes, is one that the server has of itself. */
function isSimple({ source, target }: Copy): boolean {
    const { account } = source;
    const changed = [
        ...(account.username === target.username ? [] : [account.username, target.username]),
        ...(account.dbName === target.dbName ? [] : [account.dbName, target.dbName]),
    ];
    return hasOwn(source) && changed.every((name) => name !== undefined && name !== "postgres");
}

/** In one round trip, by the rows themselves: a database is not renamed from within otherwise. For a server that has nothing but the layer's. */
function rowsSql({ source: { account }, target }: Copy, password: string): string {
    const [user, database] = [sqlLiteral(target.username), sqlLiteral(target.dbName ?? "")];
    const may = ["rolcanlogin", "rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls"];
    const rights = [
        ...may.map((right) => `${right} = true`),
        `rolpassword = ${sqlLiteral(password)}`,
        "rolconnlimit = -1",
        "rolvaliduntil = CASE WHEN rolvaliduntil < 'infinity' THEN 'infinity' ELSE rolvaliduntil END",
    ];
    const statements = [
        `UPDATE pg_authid SET rolname = ${user} WHERE rolname = ${sqlLiteral(account.username)}`,
        `UPDATE pg_database SET datname = ${database} WHERE datname = ${sqlLiteral(account.dbName ?? "")}`,
        `UPDATE pg_authid SET rolcanlogin = false WHERE rolcanlogin AND rolname NOT IN (${user}, 'postgres')`,
        "UPDATE pg_authid SET rolpassword = NULL WHERE rolname = 'postgres'",
        `UPDATE pg_authid SET ${rights.join(", ")} WHERE rolname = ${user}`,
        `DELETE FROM pg_database WHERE datname = '${spare}' AND datconnlimit = ${vacant.connections}`,
    ];
    return `${statements.join("\\;\n")};\n`;
}
