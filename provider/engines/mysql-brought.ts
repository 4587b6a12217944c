import { broughtLines, decoded } from "./brought-lines";
import type { BroughtDump, BroughtReader } from "./engine";

/** By its first bytes: a dump that mysqldump or mariadb-dump wrote elsewhere, of a server of this kind. */
export function broughtReader(kind: "mysql" | "mariadb", beginning: Buffer): BroughtReader | undefined {
    const head = beginning.subarray(0, 4096).toString("utf8");
    const [, program, words] =
        /^(?:\/\*M?!\d+\\- enable the sandbox mode \*\/ *\r?\n)?-- (MySQL|MariaDB) dump (\S[^\r\n]*)/.exec(head) ?? [];
    if (program === undefined || words === undefined) return undefined;
    const version = /\n-- Server version\s+(\S+)/.exec(head)?.[1] ?? "";
    if ((/MariaDB/i.test(version) ? "mariadb" : "mysql") !== kind) return undefined;
    const database = /\n-- Host: .*? {4}Database: ([^\r\n]*)/.exec(head)?.[1]?.trim() ?? "";
    const tool = `${program === "MySQL" ? "mysqldump" : "mariadb-dump"} ${words.replace(/, for .*$/, "")}`;
    return reader({ tool, version, database });
}

interface Head {
    readonly tool: string;
    readonly version: string;
    readonly database: string;
}

function reader({ tool, version, database }: Head): BroughtReader {
    const used = new Set<string>();
    let settings: Readonly<Record<string, string>> = {};
    const lines = broughtLines(4096, (raw) => {
        // Most are rows, and long.
        if (!raw.startsWith("USE ") && !raw.startsWith("CREATE DATABASE ")) return;
        const line = decoded(raw);
        const [, name] = /^USE `((?:[^`]|``)+)`;/.exec(line) ?? [];
        if (name !== undefined) used.add(name.replaceAll("``", "`"));
        if (!line.startsWith("CREATE DATABASE ")) return;
        const [, charset] = /DEFAULT CHARACTER SET (\w+)/.exec(line) ?? [];
        const [, collation] = / COLLATE (\w+)/.exec(line) ?? [];
        settings = { ...(charset === undefined ? {} : { charset }), ...(collation === undefined ? {} : { collation }) };
    });
    return {
        take: lines.take,
        end: (): BroughtDump => {
            if (!/\n-- Dump completed(?: on [^\n]*)?\s*$/.test(lines.tail()))
                throw new Error('is cut off: a dump of mysqldump or mariadb-dump ends with "-- Dump completed"');
            if (used.size > 1)
                throw new Error(`is a dump of several databases (${[...used].join(", ")}); dump each by itself, without --all-databases`);
            const [name = database] = used;
            if (name === "") throw new Error("does not say which database it is of; dump one by its name");
            return {
                version: /^\d+(\.\d+)+/.exec(version)?.[0] ?? version,
                tool,
                account: { username: "root", dbName: name },
                users: [],
                settings: { brought: "sql" },
                database: { name, settings, extensions: [] },
            };
        },
    };
}

/** What is for the server that the dump was taken of, or has been done already. */
export function isForeign(line: string): boolean {
    return /^(USE `|(UN)?LOCK TABLES\b|CREATE DATABASE |(\/\*!\d+ )?DROP DATABASE |CHANGE (MASTER|REPLICATION SOURCE) TO )/.test(line);
}

/** A mode that MySQL 5.7 had by default, and that MySQL refuses since. */
export function withoutGone(line: string): string {
    return /^\/\*!50003 SET sql_mode\s+= '/.test(line) ? line.replace(/NO_AUTO_CREATE_USER,?/, "") : line;
}
