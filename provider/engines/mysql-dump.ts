import type { Copy, Intake, Script, StreamedDump, Survey } from "./engine";
import { data } from "./mysql-account";
import { broughtReader } from "./mysql-brought";
import { accountStatements, databaseOf, name, rewrite, staysAsItIs, viewsIn } from "./mysql-renamed";
import { shellWord, sqlLiteral } from "./text";

/** Where MySQL's tools and MariaDB's differ. */
export interface Tools {
    readonly client: string;
    readonly dump: string;
    /** Further options of both. */
    readonly options: readonly string[];
    readonly dumpOptions: readonly string[];
    /** SQL of a statement that shows each account's own statements, for a row of `mysql.user`. */
    readonly shown: string;
    /** Set in a session that shows accounts. */
    readonly showing: string;
    /** A database's own comment, where it can have one. */
    readonly comment?: string;
    readonly kind: "mysql" | "mariadb";
}

/** A statement for each database's tables, rows and programs, and for each account: names of master user and database are changed on the way back. */
export function mysqlDump(tools: Tools): StreamedDump {
    const ask = (lines: readonly string[]) => administrate(tools.client, [...tools.options, ...reading], lines);
    return {
        kind: "streams",
        tool: { command: [tools.dump, "--version"], stdin: "" },
        survey: ask([
            "SELECT JSON_OBJECT('version', VERSION());",
            `SELECT JSON_OBJECT('user', IF(host = '', user, CONCAT(user, '@', host))) FROM mysql.user WHERE ${others} AND user <> 'PUBLIC' ORDER BY user, host;`,
            "SELECT JSON_OBJECT('database', schema_name, 'charset', default_character_set_name, 'collation', default_collation_name," +
                ` 'comment', ${tools.comment ?? "''"}) FROM information_schema.schemata` +
                " WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY schema_name;",
        ]),
        surveyed,
        brought: (beginning) => broughtReader(tools.kind, beginning),
        hash: /\*[0-9A-F]{40}|0x[0-9A-F]{20,}|(?<=(?:USING|AS|PASSWORD) ')[^']+(?=')/g,
        globals: administrate(
            "sh",
            [],
            [
                'set -- "$@" --batch --raw --skip-column-names',
                `statements=$("$@" --execute=${shellWord(`SELECT ${tools.shown} FROM mysql.user WHERE ${others} ORDER BY user, host`)}) || exit 1`,
                '"$@" <<END',
                `SET SESSION sql_mode = ''; ${tools.showing}`,
                "$statements",
                "END",
            ],
            [tools.client, ...tools.options],
        ),
        packed: "gzip",
        database: (database) =>
            administrate(
                tools.dump,
                [],
                [packing],
                [
                    tools.dump,
                    ...tools.options,
                    // Locks keep nobody out of a copy that is not there yet, and a row's default from a sequence that is not locked too.
                    ...[
                        "--single-transaction",
                        "--quick",
                        "--routines",
                        "--events",
                        "--triggers",
                        "--hex-blob",
                        "--no-tablespaces",
                        "--skip-comments",
                        "--skip-add-locks",
                    ],
                    ...[...tools.dumpOptions, "--max-allowed-packet=1G", "--", database],
                ],
            ),
        restore: {
            faults: ({ source, target }) => [
                ...(target.username !== source.account.username && source.users.includes(`${target.username}@%`)
                    ? [{ property: "username" as const, reason: taken("user", target.username, source.account.username) }]
                    : []),
                ...(hasOwn(source) && target.dbName !== source.account.dbName && source.databases.some(({ name }) => name === target.dbName)
                    ? [{ property: "dbName" as const, reason: taken("database", target.dbName, source.account.dbName) }]
                    : []),
            ],
            begin: (copy, text) =>
                administrate(tools.client, [...tools.options, ...reading], [...begin(copy), ...accountStatements(copy, text).users]),
            grants: (copy, text) =>
                administrate(tools.client, [...tools.options, ...reading], [...quietly, ...accountStatements(copy, text).grants]),
            database: (copy, { name }): readonly [Intake] => {
                const options = [
                    ...tools.options,
                    "--binary-mode",
                    "--comments",
                    "--max-allowed-packet=1G",
                    `--database=${databaseOf(copy, name)}`,
                ];
                const session = "--init-command=SET SESSION sql_log_bin = 0, SESSION sql_log_off = 1";
                const reader = administrate(tools.client, [...options, session]);
                if (staysAsItIs(copy)) {
                    const { command } = administrate(tools.client, [], [unpacking], [tools.client, ...options, session]);
                    return [{ ...reader, packed: command }];
                }
                return [
                    {
                        ...reader,
                        rewrite: () => rewrite(copy),
                        later: (text) => administrate(tools.client, [...options, session], [viewsIn(copy, text)]),
                    },
                ];
            },
            end: () => administrate(tools.client, [...tools.options, ...reading], restored),
            logins: (copy, text) =>
                administrate(tools.client, [...tools.options, ...reading], [...quietly, ...accountStatements(copy, text).logins]),
        },
    };
}

/** Compresses what a program writes, and ends as that one did. A signal is for the two alone: the shells stay to hear how they end, as nobody else does. */
const packing = `exec 4>&1
trap : TERM
code=$(
    trap : TERM
    { { trap : TERM; "$@" 3>&- 4>&-; echo "$?" >&3; } | gzip -1 >&4 3>&-; } 3>&1
) || exit
exit "$code"`;

/** Unpacks what a program reads, and ends as that one did, or as gzip where that one took part of it for all there is. */
const unpacking = `exec 4>&1
code=$({ { gzip -dc 4>&-; echo "$?" >&3; } | "$@" >&4 3>&- 4>&-; } 3>&1) || exit
exit "$code"`;

/** The accounts that are not the server's own, nor the administrator that every instance has. */
const others =
    "user NOT IN ('mysql.sys', 'mysql.session', 'mysql.infoschema', 'mariadb.sys', 'healthcheck') AND NOT (user = 'root' AND host = 'localhost')";

const reading = ["--batch", "--raw", "--skip-column-names"] as const;

/** Nothing of this goes into the binary log or the general one, and names are quoted in one way only. */
const quietly = ["SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', SESSION sql_log_bin = 0, SESSION sql_log_off = 1;"] as const;

function surveyed(stdout: string): Survey {
    const rows = stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    return {
        version: rows.find(({ version }) => version !== undefined)?.version ?? "",
        users: rows.flatMap(({ user }) => (user === undefined ? [] : [user])),
        databases: rows.flatMap(({ database, charset = "", collation = "", comment = "" }) =>
            database === undefined ? [] : [{ name: database, settings: { charset, collation, ...(comment === "" ? {} : { comment }) } }],
        ),
        settings: {},
    };
}

/**
 * Room for rows as wide as the source could have, no events before all is there, and functions as they were. What the server is told for the time is
 * written down in it, since each step is a session of its own.
 */
function begin(copy: Copy): readonly string[] {
    const { source, target } = copy;
    const replaced = hasOwn(source) || source.databases.some(({ name }) => name === target.dbName);
    return [
        ...quietly,
        `CREATE DATABASE ${aside};`,
        // A server may ask for a primary key in each table.
        `CREATE TABLE ${aside}.settings (PRIMARY KEY (packet)) AS SELECT @@global.max_allowed_packet AS packet, @@global.event_scheduler AS events;`,
        "SET GLOBAL max_allowed_packet = 1073741824;",
        ...ifEvents("OFF"),
        ...(replaced && target.dbName !== undefined ? [`DROP DATABASE IF EXISTS ${name(target.dbName)};`] : []),
        ...source.databases.map(
            ({ name: database, settings: { charset = "utf8mb4", collation = "", comment } }) =>
                `CREATE DATABASE ${name(databaseOf(copy, database))} CHARACTER SET ${charset}${collation && ` COLLATE ${collation}`}${comment === undefined ? "" : ` COMMENT ${sqlLiteral(comment)}`};`,
        ),
    ];
}

/** Whether the master database is among those that were dumped: there may be none, or it was dropped. */
function hasOwn({ databases, account: { dbName } }: Copy["source"]): boolean {
    return databases.some(({ name }) => name === dbName);
}

const aside = "devdb_restore";

const restored = [
    ...quietly,
    `SET GLOBAL max_allowed_packet = (SELECT packet FROM ${aside}.settings);`,
    ...ifEvents("ON"),
    `DROP DATABASE ${aside};`,
];

/** The scheduler is switched only where it was on: where it is disabled, it cannot be. */
function ifEvents(state: "ON" | "OFF"): readonly string[] {
    return [
        `SET @switch = (SELECT IF(events = 'ON', 'SET GLOBAL event_scheduler = ${state}', 'DO 0') FROM ${aside}.settings);`,
        "PREPARE switching FROM @switch; EXECUTE switching; DEALLOCATE PREPARE switching;",
    ];
}

/** Runs a program as the administrator, whose option file lies beside the data, or beside the configuration where they are in memory. */
const asAdministrator = `
for place in ${data.mount} /etc/devdb; do [ -r "$place/client.cnf" ] && break; done
program=$1; shift
exec "$program" --defaults-extra-file="$place/client.cnf" --default-character-set=utf8mb4 "$@"`;

/** The same, for a script of several steps: it finds the client and its first options in its arguments. */
const administratorScript = `
for place in ${data.mount} /etc/devdb; do [ -r "$place/client.cnf" ] && break; done
script=$1; program=$2; shift 2
exec sh -c "$script" script "$program" --defaults-extra-file="$place/client.cnf" --default-character-set=utf8mb4 "$@"`;

function administrate(program: string, options: readonly string[], lines: readonly string[] = [], script?: readonly string[]): Script {
    if (script) return { command: ["sh", "-c", administratorScript, program, lines.join("\n"), ...script], user: "root", stdin: "" };
    return {
        command: ["sh", "-c", asAdministrator, program, program, ...options],
        user: "root",
        stdin: lines.length === 0 ? "" : [...lines, ""].join("\n"),
    };
}

function taken(kind: string, wanted: string | undefined, source: string | undefined): string {
    return `cannot be ${wanted}: the snapshot has a ${kind} of that name besides ${source ?? "its own"}, whose place it would take; choose another`;
}
