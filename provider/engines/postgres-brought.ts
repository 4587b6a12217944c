import { broughtLines, decoded } from "./brought-lines";
import type { BroughtDump, BroughtReader, Copy, Intake, Rewrite, Surveyed } from "./engine";
import { archiveReader } from "./postgres-archive";
import { ended } from "./postgres-filling";
import { aside, atOnce, connection, flowing, name, psql } from "./postgres-psql";

/** By its first bytes: a dump that pg_dump wrote elsewhere. One of PostgreSQL that cannot be used throws with the reason. */
export function broughtReader(beginning: Buffer): BroughtReader | undefined {
    if (beginning.subarray(0, 5).toString("latin1") === "PGDMP") return customReader();
    const head = beginning.subarray(0, 4096).toString("utf8");
    if (/^--\r?\n-- PostgreSQL database cluster dump\r?\n/.test(head))
        throw new Error("is a dump of a whole PostgreSQL cluster, by pg_dumpall; dump each database by itself, with pg_dump");
    return /^--\r?\n-- PostgreSQL database dump\r?\n/.test(head) ? plainReader() : undefined;
}

function customReader(): BroughtReader {
    const { take, end } = archiveReader();
    return {
        take,
        end: () => {
            const { database, tool, entries, objects } = end();
            const roles = entries
                .filter(({ kind }) => /^(ACL|DEFAULT ACL|POLICY|USER MAPPING)$/.test(kind))
                .flatMap(({ definition }) => definition.split("\n").flatMap(rolesIn));
            const extensions = entries.filter(({ kind }) => kind === "EXTENSION").map(({ tag }) => tag);
            return described({ form: "custom", tool, database, roles, extensions, objects });
        },
    };
}

/** Rows are no statements. */
function plainReader(): BroughtReader {
    const roles: string[] = [];
    const extensions: string[] = [];
    let database: string | undefined;
    let tool = "";
    let inRows = false;
    let objects = 0;
    const lines = broughtLines(16_384, (whole) => {
        const raw = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
        if (inRows) {
            inRows = raw !== "\\.";
            return;
        }
        const line = decoded(raw);
        if (isRows(line)) inRows = true;
        else {
            if (/^-- Name: |lo_create\(/.test(line)) objects += 1;
            tool ||= /^-- Dumped by pg_dump version (\S.*)$/.exec(line)?.[1] ?? "";
            const connected = /^\\connect (?:-reuse-previous=on )?(.+)$/.exec(line)?.[1];
            if (connected !== undefined) database ??= databaseIn(connected);
            const extension = /^CREATE EXTENSION (?:IF NOT EXISTS )?("(?:[^"]|"")+"|[^\s;]+)/.exec(line)?.[1];
            if (extension !== undefined) extensions.push(unquoted(extension));
            roles.push(...rolesIn(line));
        }
    });
    return {
        take: lines.take,
        end: () => {
            if (!/\n-- PostgreSQL database dump complete\r?\n/.test(lines.tail()))
                throw new Error('is cut off: a dump of pg_dump ends with "PostgreSQL database dump complete"');
            return described({ form: "plain", tool, database, roles, extensions, objects });
        },
    };
}

interface Seen {
    readonly form: "custom" | "plain";
    readonly tool: string;
    readonly database: string | undefined;
    readonly roles: readonly string[];
    readonly extensions: readonly string[];
    /** How many things it makes, counted on the safe side. */
    readonly objects: number;
}

/** The tool's version is what counts: what it writes, older servers do not know. */
function described({ form, tool, database, roles, extensions, objects }: Seen): BroughtDump {
    return {
        version: tool,
        tool: `pg_dump (PostgreSQL) ${tool}`,
        account: { username: "postgres", dbName: database || "postgres" },
        users: [...new Set(roles)].sort(),
        settings: { brought: form, ...(form === "plain" && database !== undefined ? { creates: "database" } : {}) },
        database: {
            name: database || "postgres",
            settings: { objects: String(objects) },
            extensions: [...new Set(extensions)].filter((extension) => extension !== "plpgsql").sort(),
        },
    };
}

const identifier = '(?:"(?:[^"]|"")+"|[^\\s",;()]+)';
const naming = [
    new RegExp(`^ALTER .* OWNER TO (${identifier});$`),
    new RegExp(
        `^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .* (?:TO|FROM) (${identifier})(?: WITH GRANT OPTION)?(?: GRANTED BY ${identifier})?;$`,
    ),
    new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE (${identifier}) `),
    new RegExp(`^CREATE POLICY .* TO (${identifier}(?:, ${identifier})*)(?: USING | WITH CHECK |;$)`),
    new RegExp(`^CREATE USER MAPPING FOR (${identifier}) `),
];
const words = /^(public|current_user|current_role|session_user|pg_.*)$/i;

/** Roles that a statement names. One found where none is meant does no harm: it is made, and can do nothing. */
function rolesIn(line: string): readonly string[] {
    const session = /^SET SESSION AUTHORIZATION '((?:[^']|'')+)';$/.exec(line)?.[1];
    const found = naming.flatMap((pattern) => pattern.exec(line)?.[1]?.match(new RegExp(identifier, "g")) ?? []);
    return [...found.filter((role) => !words.test(role)).map(unquoted), ...(session === undefined ? [] : [session.replaceAll("''", "'")])];
}

function unquoted(text: string): string {
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** psql's `\connect` names a database, or gives a connection string where the name looks like one. */
function databaseIn(words: string): string {
    const inner = unquoted(words.trim());
    const [, quoted] = /^dbname='((?:[^'\\]|\\.)*)'$/.exec(inner) ?? [];
    return quoted === undefined ? inner : quoted.replace(/\\(.)/g, "$1");
}

function isRows(line: string): boolean {
    return /^COPY .* FROM stdin;\r?\n?$/.test(line);
}

/** What such a dump makes is the master user's; roles that it grants anything to are made, and cannot log in. */
export const broughtRestore = {
    begin: (copy: Copy) => psql(copy.target.username, "template1", before(copy)),
    database: (copy: Copy, { settings }: Surveyed): readonly [Intake] => {
        const { username } = copy.target;
        const own = connection(nameDuring(copy));
        if (copy.source.settings.brought === "custom")
            return [
                {
                    command: flowing(
                        "pg_restore",
                        ...[`--username=${username}`, "--no-password", `--dbname=${own}`, "--no-owner"],
                        ...["--no-tablespaces", "--exit-on-error", ...atOnce(settings)],
                    ),
                    user: "postgres",
                },
            ];
        return [
            {
                command: flowing(
                    "psql",
                    ...["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null", ...atOnce(settings)],
                    ...[`--username=${username}`, `--dbname=${own}`, "--file=-"],
                ),
                user: "postgres",
                rewrite: () => rewrite(copy),
            },
        ];
    },
    end: (copy: Copy) => ended(copy.target.username, nameDuring(copy), after(copy), [ownName(copy)]),
} as const;

/** The name of a database that has the dump's meanwhile. */
const other = "devdb_restore";

function stepsAside({ source, target }: Copy): boolean {
    return source.users.includes("postgres") && target.username !== "postgres";
}

/** A dump that makes its database names it in statements of its own: meanwhile ours has that name. */
function nameDuring(copy: Copy): string {
    const { settings, account } = copy.source;
    return settings.creates === undefined ? ownName(copy) : (account.dbName ?? ownName(copy));
}

export function ownName({ target }: Copy): string {
    return target.dbName ?? target.username;
}

function before(copy: Copy): readonly string[] {
    return [
        ...(stepsAside(copy) ? [`ALTER ROLE postgres RENAME TO ${aside};`] : []),
        // An event trigger's owner must be one.
        ...others(copy).map((role) => `CREATE ROLE ${name(role)} SUPERUSER NOLOGIN;`),
        ...renamed(copy).map(([own, during]) => `ALTER DATABASE ${name(own)} RENAME TO ${name(during)};`),
    ];
}

function after(copy: Copy): readonly string[] {
    const { target } = copy;
    return [
        ...others(copy).flatMap((role) => [
            `REASSIGN OWNED BY ${name(role)} TO ${name(target.username)};`,
            `ALTER ROLE ${name(role)} NOSUPERUSER;`,
        ]),
        // One that was granted nothing was an owner only, or was found where none is meant.
        ...others(copy)
            .filter((role) => role !== "postgres")
            .map(
                (role) => `DO $devdb$ BEGIN DROP ROLE ${name(role)}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $devdb$;`,
            ),
        ...(stepsAside(copy) ? ["DROP OWNED BY postgres;"] : []),
        "\\connect template1",
        ...(stepsAside(copy) ? ["DROP ROLE postgres;", `ALTER ROLE ${aside} RENAME TO postgres;`] : []),
        ...[...renamed(copy)].reverse().map(([own, during]) => `ALTER DATABASE ${name(during)} RENAME TO ${name(own)};`),
        // One called postgres was there before the master user.
        `ALTER DATABASE ${name(ownName(copy))} OWNER TO ${name(target.username)};`,
    ];
}

/** Databases with another name meanwhile; of two, the first makes room. */
function renamed(copy: Copy): readonly (readonly [own: string, during: string])[] {
    const own = ownName(copy);
    const during = nameDuring(copy);
    if (during === own) return [];
    return [...(during === "postgres" ? ([["postgres", other]] as const) : []), [own, during]];
}

function others({ source, target }: Copy): readonly string[] {
    return source.users.filter((role) => role !== target.username && (role !== "postgres" || target.username !== "postgres"));
}

/** The database is there already; older clients do not know what newer ones write to fence off their own commands. */
function rewrite({ source }: Copy): Rewrite {
    let ahead = source.settings.creates !== undefined;
    let inRows = false;
    return (line) => {
        if (inRows) {
            inRows = !/^\\\.\r?\n?$/.test(line);
            return { text: line, when: "now" };
        }
        inRows = isRows(line);
        if (/^\\connect /.test(line)) ahead = false;
        const dropped = /^\\(un)?restrict \w+\r?\n?$/.test(line) || (ahead && /^(DROP|CREATE) DATABASE /.test(line));
        return { text: dropped ? "\n" : line, when: "now" };
    };
}
