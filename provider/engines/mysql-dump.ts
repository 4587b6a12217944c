import type { Copy, Intake, Rewrite, Script, StreamedDump, Survey } from "./engine";
import { data } from "./mysql-account";
import { broughtReader, isForeign, withoutGone } from "./mysql-brought";
import { quotedName, sqlLiteral } from "./text";

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
            begin: (copy) => administrate(tools.client, [...tools.options, ...reading], begin(copy)),
            globals: (copy, text) => {
                const { users, grants } = accountStatements(copy, text);
                const run = (lines: readonly string[]) =>
                    administrate(tools.client, [...tools.options, ...reading], [...quietly, ...lines]);
                return { before: run(users), after: run(grants) };
            },
            database: (copy, { name }): readonly [Intake] => {
                const options = [
                    ...tools.options,
                    "--binary-mode",
                    "--comments",
                    "--max-allowed-packet=1G",
                    `--database=${databaseOf(copy, name)}`,
                ];
                const session = "--init-command=SET SESSION sql_log_bin = 0, SESSION sql_log_off = 1";
                return [
                    {
                        ...administrate(tools.client, [...options, session]),
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
        `CREATE TABLE ${aside}.settings AS SELECT @@global.max_allowed_packet AS packet, @@global.event_scheduler AS events;`,
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

function databaseOf({ source, target }: Copy, database: string): string {
    return database === source.account.dbName ? (target.dbName ?? database) : database;
}

const quoted = "`(?:[^`]|``)*`";
const account = `${quoted}@${quoted}`;

/** The accounts before there are tables, and what they may do once there are: a grant on one table needs it. */
function accountStatements(copy: Copy, text: string): Readonly<Record<"users" | "grants" | "logins", readonly string[]>> {
    const { source, target } = copy;
    const [from, to] = [source.account.username, target.username].map((user) => `${name(user)}@${name("%")}`) as [string, string];
    const users: string[] = [];
    const grants: string[] = [];
    const logins: string[] = [];
    const defaults: string[] = [];
    for (const line of text.split("\n").filter((each) => each !== "")) {
        const [, user, rest = ""] = new RegExp(`^CREATE USER (${account})(.*)$`).exec(line) ?? [];
        if (user === from) continue;
        if (user !== undefined) {
            const roles = new RegExp(` DEFAULT ROLE (${account}(?:,${account})*)`);
            const chosen = roles.exec(rest)?.[1];
            users.push(`CREATE USER ${user}${rest.replace(roles, "")};`);
            users.push(`ALTER USER ${user} ACCOUNT LOCK;`);
            // In quotes are hashes, comments and certificates.
            if (!/ ACCOUNT LOCK\b/.test(rest.replace(/'(?:[^'\\]|\\.|'')*'/g, ""))) logins.push(`ALTER USER ${user} ACCOUNT UNLOCK;`);
            if (chosen !== undefined) defaults.push(`SET DEFAULT ROLE ${chosen} TO ${user};`);
        } else if (line.startsWith("CREATE ROLE ")) users.push(`${line};`);
        else if (line.startsWith("SET DEFAULT ROLE ")) defaults.push(`${line.replaceAll(from, to)};`);
        // The master user may do everything as it is, and has a password of its own.
        else if (!(line.startsWith("GRANT ") && line.includes(` ON *.* TO ${from}`)))
            grants.push(`${onDatabase(copy, line).replaceAll(from, to)};`);
    }
    return { users, grants: [...grants, ...defaults], logins };
}

/** A grant on a whole database names it by a pattern, in which `_` and `%` stand for others unless they are escaped. */
function onDatabase(copy: Copy, grant: string): string {
    return grant.replace(
        new RegExp(`( ON (?:[A-Z ]+ )?)(${quoted})(\\.)(\\*|\`)`),
        (all, on: string, database: string, dot: string, next: string) => {
            const plain = database.slice(1, -1).replaceAll("``", "`");
            const meant = next === "*" ? plain.replace(/\\([_%\\])/g, "$1") : plain;
            const now = databaseOf(copy, meant);
            if (now === meant) return all;
            return `${on}${name(next === "*" ? now.replace(/[_%\\]/g, "\\$&") : now)}${dot}${next}`;
        },
    );
}

/**
 * The tool writes rows one statement a line, so that what is at the beginning of a line is its own. Programs and views of the master user become the
 * target's; views wait until the tables of all databases are there, since they may look into any.
 */
function rewrite(copy: Copy): Rewrite {
    const { source, target } = copy;
    const [from, to] = [source.account.username, target.username].map((user) => bytes(`DEFINER=${name(user)}@${name("%")}`)) as [
        string,
        string,
    ];
    const program = /^(?:\/\*!\d+ )?CREATE(?: OR REPLACE)?(?:\*\/)? (?:\/\*!\d+ )?(?=DEFINER=)/;
    const brought = source.settings.brought !== undefined;
    // Whoever the definers of a dump from elsewhere are, they are not here.
    const anybody = /DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*`/y;
    const renamed = (line: string, at: number) => {
        anybody.lastIndex = at;
        const definer = brought ? anybody.exec(line)?.[0] : from;
        return definer !== undefined && line.startsWith(definer, at) ? line.slice(0, at) + to + line.slice(at + definer.length) : line;
    };
    let inPurged = false;
    /** In a program's text, which may look like anything; where one begins, it is the tool's. */
    let place: "rows" | "statement" | "text" = "rows";
    let view: "none" | "perhaps" | "yes" = "none";
    let held = "";
    return (line) => {
        if (place !== "rows") {
            if (line === "DELIMITER ;\n") place = "rows";
            else {
                const text =
                    place === "statement" ? databaseLine(copy, renamed(line, program.exec(line)?.[0].length ?? line.length)) : line;
                place = line.endsWith(";;\n") ? "statement" : "text";
                return { text, when: "now" };
            }
        } else if (line === "DELIMITER ;;\n") place = "statement";
        else if (brought && (inPurged || line.startsWith("SET @@GLOBAL.GTID_PURGED"))) {
            inPurged = !/;\r?\n?$/.test(line);
            return { text: "\n", when: "now" };
        } else if (brought && isForeign(line)) return { text: "\n", when: "now" };
        if (line.startsWith("/*!50001 DROP VIEW IF EXISTS ")) {
            const text = view === "perhaps" ? held : "";
            view = "perhaps";
            held = line;
            return { text, when: "now" };
        }
        if (view === "perhaps") {
            held += line;
            const final = line.startsWith("/*!50001 CREATE ALGORITHM=");
            if (!final && !/CREATE (VIEW|TABLE)/.test(line) && held.length < 100_000) return { text: "", when: "now" };
            const text = held;
            held = "";
            view = final ? "yes" : "none";
            return { text, when: final ? "later" : "now" };
        }
        if (view === "yes" && /^\/\*!500(01|02|13) /.test(line)) {
            const prefix = "/*!50013 ";
            return { text: line.startsWith(prefix) ? renamed(line, prefix.length) : line, when: "later" };
        }
        view = "none";
        return {
            text: tableLine(copy, databaseLine(copy, brought && source.version.startsWith("5.") ? withoutGone(line) : line)),
            when: "now",
        };
    };
}

/**
 * A view names the tables of its own database with it, or not, as the server likes. Whatever is quoted in it is a name, for the server has written it: three
 * in a row begin with a database; two do after FROM or JOIN, and where a function is called; else they are a table and its column.
 */
function viewsIn(copy: Copy, text: string): string {
    const [from, to] = movedDatabase(copy);
    if (from === to) return text;
    const names = new RegExp(`'(?:[^'\\\\]|\\\\.|'')*'|(${quoted})\\.(${quoted}(?:\\.${quoted})?)(\\(?)`, "g");
    const moved = (line: string) =>
        line.replace(names, (all, database: string | undefined, rest: string, call: string, at: number) => {
            if (database !== from) return all;
            const table = /(?:from|join) \(*$/i.test(line.slice(Math.max(0, at - 200), at));
            return table || call !== "" || rest.includes("`.`") ? `${to}.${rest}${call}` : all;
        });
    return text
        .split("\n")
        .map((line) => (line.startsWith("/*!50001 VIEW ") ? moved(line) : line))
        .join("\n");
}

/** Around a program that was made under another collation than the database has by now. */
function databaseLine(copy: Copy, line: string): string {
    const [from = "", to = ""] = movedDatabase(copy).map(bytes);
    const beginning = `ALTER DATABASE ${from} `;
    return line.startsWith(beginning) ? `ALTER DATABASE ${to} ${line.slice(beginning.length)}` : line;
}

/** In a table's definition: a foreign key into the master database, or a sequence of it. */
function tableLine(copy: Copy, line: string): string {
    const [from = "", to = ""] = movedDatabase(copy).map(bytes);
    if (from === to || !line.startsWith("  ")) return line;
    const key = line.startsWith("  CONSTRAINT ") ? / FOREIGN KEY \([^)]*\) REFERENCES / : / DEFAULT (?:nextval|lastval)\(/;
    const at = key.exec(line);
    const end = at ? at.index + at[0].length : -1;
    return end > 0 && line.startsWith(`${from}.`, end) ? line.slice(0, end) + to + line.slice(end + from.length) : line;
}

/** A line is given as one character for each byte. */
function bytes(text: string): string {
    return Buffer.from(text, "utf8").toString("latin1");
}

function movedDatabase({ source, target }: Copy): readonly [from: string, to: string] {
    const from = source.account.dbName ?? "";
    return [name(from), name(from === "" ? "" : (target.dbName ?? from))];
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

const name = (text: string) => quotedName(text, ["`", "`"]);

function shellWord(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
