import type { Copy, Fault, Intake, Look, Script, StreamedDump, Survey, Surveyed } from "./engine";
import { broughtReader, broughtRestore } from "./postgres-brought";
import { ended } from "./postgres-filling";
import { aside, ask, askEach, atOnce, connection, directly, flowing, flowingAfter, name, psql, renamer, session } from "./postgres-psql";

/**
 * pg_dump's own format for each database, read back by pg_restore, and pg_dumpall's statements for the roles. All of it is restored under the source's
 * names, as a role of ours, and then master role and database change names: owners, grantees and definers follow, since the server knows them by number.
 */
export const postgresDump: StreamedDump = {
    kind: "streams",
    packed: "none",
    tool: { command: directly("pg_dump", "--version"), user: "postgres", stdin: "" },
    survey: ask("postgres", [
        "SELECT json_build_object(",
        "  'version', current_setting('server_version'),",
        "  'bootstrap', (SELECT rolname FROM pg_roles WHERE oid = 10),",
        "  'users', (SELECT json_agg(rolname ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^pg_'),",
        // As pg_dumpall: what nobody may connect to cannot be dumped, and is no user's data.
        "  'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datname !~ '^template[01]$' AND datallowconn));",
    ]),
    surveyed: (stdout): Survey => {
        const { version, bootstrap, users, databases } = JSON.parse(stdout) as {
            readonly version: string;
            readonly bootstrap: string;
            readonly users: readonly string[];
            readonly databases: readonly string[];
        };
        return { version, users, databases: databases.map((name) => ({ name, settings: {} })), settings: { bootstrap } };
    },
    look: (databases) =>
        askEach(databases, [
            "SELECT json_build_object(",
            "  'extensions', (SELECT coalesce(json_agg(extname ORDER BY extname), '[]') FROM pg_extension WHERE extname <> 'plpgsql'),",
            `  'objects', ${["pg_class", "pg_proc", "pg_type", "pg_largeobject_metadata"].map((catalog) => `(SELECT count(*) FROM ${catalog} WHERE oid >= 16384)`).join(" + ")},`,
            // What initdb makes has numbers below 16384.
            "  'idle', current_database() = 'postgres' AND NOT EXISTS (",
            [
                "pg_class",
                "pg_proc",
                "pg_type",
                "pg_namespace",
                "pg_extension",
                "pg_largeobject_metadata",
                "pg_event_trigger",
                "pg_publication",
            ]
                .map((catalog) => `SELECT FROM ${catalog} WHERE oid >= 16384`)
                .join(" UNION ALL "),
            "  ) AND NOT EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = 'postgres'));",
        ]),
    looked: (line): Look => {
        const { objects, ...look } = JSON.parse(line) as Omit<Look, "settings"> & { readonly objects: number };
        return { ...look, settings: { objects: String(objects) } };
    },
    hash: /SCRAM-SHA-256\$[^'\s]+|md5[0-9a-f]{32}/g,
    brought: broughtReader,
    globals: {
        command: directly("pg_dumpall", "--username=postgres", "--no-password", "--roles-only", "--quote-all-identifiers"),
        user: "postgres",
        stdin: "",
    },
    database: (database) => ({
        command: flowing(
            "pg_dump",
            ...["--username=postgres", "--no-password", "--format=custom", "--compress=1", "--create", "--no-tablespaces"],
            ...["--quote-all-identifiers", `--dbname=${connection(database)}`],
        ),
        user: "postgres",
        stdin: "",
    }),
    restore: {
        faults: (copy) => (isBrought(copy) ? [] : faults(copy)),
        extensions: ask("template1", ["SELECT name FROM pg_available_extensions;"]),
        begin: (copy, text) => (isBrought(copy) ? broughtRestore : ownRestore).begin(copy, text),
        database: (copy, database) => (isBrought(copy) ? broughtRestore : ownRestore).database(copy, database),
        end: (copy) => (isBrought(copy) ? broughtRestore : ownRestore).end(copy),
        logins: (copy, text) => psql("postgres", "template1", letIn(copy, text)),
    },
};

/** What the databases are called in the end. */
function namesIn({ source, target }: Copy): readonly string[] {
    return source.databases.map((database) => (database.name === source.account.dbName ? (target.dbName ?? database.name) : database.name));
}

function isBrought({ source }: Copy): boolean {
    return source.settings.brought !== undefined;
}

const ownRestore = {
    begin,
    // The database cannot be made within a transaction; with a schema that it does not have, nothing but itself comes out of its dump.
    database: (copy: Copy, { name: database, settings }: Surveyed): readonly [Intake, Intake] => [
        reader(copy, "template1", ["--create", "--clean", "--if-exists", `--schema=${renamer}`]),
        reader(copy, database, atOnce(settings), Number.parseInt(copy.source.version, 10) < 15 ? everybodyMakes : undefined),
    ],
    end,
} as const;

function faults({ source, target }: Copy): readonly Fault[] {
    return [
        ...(target.username !== source.account.username &&
        source.users.includes(target.username) &&
        target.username !== source.settings.bootstrap
            ? [{ property: "username" as const, reason: taken("role", target.username, source.account.username) }]
            : []),
        ...(hasOwn(source) && target.dbName !== source.account.dbName && source.databases.some(({ name }) => name === target.dbName)
            ? [{ property: "dbName" as const, reason: taken("database", target.dbName, source.account.dbName) }]
            : []),
    ];
}

/**
 * Up to 14 everybody may make things in the schema `public` of a new database, from 15 on only its owner. A dump tells by how much the schema differs from
 * what its own server began with, so that the target is to begin with the same, whatever its version.
 */
const everybodyMakes = "GRANT CREATE ON SCHEMA public TO PUBLIC";

function reader({ source }: Copy, database: string, options: readonly string[], first?: string): Intake {
    const login = [`--username=${renamer}`, "--no-password", `--role=${source.account.username}`, `--dbname=${connection(database)}`];
    const restore = ["pg_restore", ...login, "--exit-on-error", "--no-tablespaces", ...options] as const;
    return { command: first === undefined ? flowing(...restore) : flowingAfter([renamer, database, first], ...restore), user: "postgres" };
}

/** The bootstrap role's name while the source's names are in use. It is the source's own, unless that was the master, who becomes an ordinary role here. */
function bootstrapDuring({ source, target }: Copy): string {
    const { bootstrap = "postgres" } = source.settings;
    return bootstrap === source.account.username && target.username !== "postgres" ? aside : bootstrap;
}

function begin(copy: Copy, text: string): Script {
    const { source, target } = copy;
    const bootstrap = bootstrapDuring(copy);
    const own = hasOwn(source);
    return psql("postgres", "template1", [
        ...(own && target.dbName !== undefined ? [`DROP DATABASE IF EXISTS ${name(target.dbName)} WITH (FORCE);`] : []),
        `CREATE ROLE ${renamer} LOGIN SUPERUSER;`,
        `\\connect template1 ${renamer}`,
        ...session(renamer),
        ...(target.username === "postgres" ? [] : handOver(copy, own)),
        ...(bootstrap === "postgres" ? [] : [`ALTER ROLE postgres RENAME TO ${name(bootstrap)};`]),
        "BEGIN;",
        roleStatements(copy, text),
        ...settled(copy),
        "COMMIT;",
    ]);
}

/** The fresh master role gives way to the source's; its database too, where there is none to take its place. */
function handOver({ target }: Copy, own: boolean): readonly string[] {
    const role = name(target.username);
    return [
        ...(own || target.dbName === undefined ? [] : [`DROP DATABASE IF EXISTS ${name(target.dbName)} WITH (FORCE);`]),
        `DROP ROLE ${role};`,
    ];
}

/**
 * pg_dumpall's statements, without those that make the bootstrap role, which is there; without the master's own password and its limits; and without who
 * made a role a member, where that is another: from 16 on it must be somebody who may.
 */
function roleStatements(copy: Copy, text: string): string {
    const { source } = copy;
    const bootstrap = name(bootstrapDuring(copy));
    const [before, after] = [source.version, copy.version ?? ""].map((version) => Number.parseInt(version, 10) >= 16);
    const former = name(source.settings.bootstrap ?? "postgres");
    const master = `ALTER ROLE ${name(source.account.username)} WITH `;
    return statementsIn(text)
        .filter((statement) => statement !== `CREATE ROLE ${bootstrap};` && !statement.startsWith(`ALTER ROLE ${bootstrap} WITH `))
        .map((statement) => {
            if (statement.startsWith(master))
                return statement.replace(/ (CONNECTION LIMIT \d+|PASSWORD '[^']*'|VALID UNTIL '[^']*')(?=[^"]*;$)/g, "");
            const [, grant, by] = /^(GRANT "(?:[^"]|"")*" TO .*) GRANTED BY ("(?:[^"]|"")*");$/.exec(statement) ?? [];
            if (grant === undefined) return statement;
            if (!before) return after ? `${grant};` : statement;
            return by === former ? `${grant} GRANTED BY ${bootstrap};` : statement;
        })
        .join("\n");
}

/** Without comments and without psql's own commands, which older ones do not know. What is quoted may look like anything. */
function statementsIn(text: string): readonly string[] {
    const tokens = /^\\[^\n]*\n|--[^\n]*\n|\bE'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[\s\S]/gm;
    const statements: string[] = [];
    let statement = "";
    for (const [token] of text.matchAll(tokens)) {
        if (/^(--|\\)/.test(token)) continue;
        statement += token;
        if (token !== ";") continue;
        statements.push(statement.trim());
        statement = "";
    }
    return statements;
}

/** Other roles keep what they may do, but cannot log in. */
function settled(copy: Copy): readonly string[] {
    return [
        `ALTER ROLE ${name(copy.source.account.username)} WITH LOGIN SUPERUSER;`,
        ...others(copy).map((user) => `ALTER ROLE ${name(user)} WITH NOLOGIN;`),
    ];
}

/** Those who could log in at the source: pg_dumpall says so of each role. */
function letIn(copy: Copy, text: string): readonly string[] {
    const statements = statementsIn(text);
    return others(copy)
        .map(name)
        .filter((role) => statements.some((statement) => /^ [A-Z ]*\bLOGIN\b/.test(after(statement, `ALTER ROLE ${role} WITH`))))
        .map((role) => `ALTER ROLE ${role} WITH LOGIN;`);
}

function after(statement: string, beginning: string): string {
    return statement.startsWith(beginning) ? statement.slice(beginning.length) : "";
}

function others(copy: Copy): readonly string[] {
    const { account, users } = copy.source;
    return users.filter((user) => user !== account.username && user !== bootstrapDuring(copy));
}

/** Whether the master database is among those that were dumped: it may have been dropped. */
export function hasOwn({ databases, account: { dbName } }: Copy["source"]): boolean {
    return databases.some(({ name }) => name === dbName);
}

function end(copy: Copy): Script {
    const { source, target } = copy;
    const [from, to] = [source.account, target];
    const during = bootstrapDuring(copy);
    const movesDatabase = source.databases.some((database) => database.name === from.dbName) && from.dbName !== to.dbName;
    // The master role takes a name that the bootstrap role has: that one steps aside.
    const stepsAside = during === to.username && from.username !== during;
    const bootstrap = from.username === during ? to.username : stepsAside ? aside : during;
    const free = to.username !== "postgres" && (from.username === "postgres" || !source.users.includes("postgres"));
    const lines = [
        ...(movesDatabase ? [`ALTER DATABASE ${name(from.dbName ?? "")} RENAME TO ${name(to.dbName ?? "")};`] : []),
        ...(stepsAside ? [`ALTER ROLE ${name(during)} RENAME TO ${name(aside)};`] : []),
        ...(from.username === to.username ? [] : [`ALTER ROLE ${name(from.username)} RENAME TO ${name(to.username)};`]),
        ...(free && bootstrap !== "postgres" ? [`ALTER ROLE ${name(bootstrap)} RENAME TO postgres;`] : []),
        "SELECT 'CREATE DATABASE postgres OWNER postgres' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'postgres')",
        "\\gexec",
        "\\connect template1 postgres",
        `DROP ROLE ${renamer};`,
    ];
    return ended(renamer, "template1", lines, namesIn(copy));
}

export function taken(kind: string, wanted: string | undefined, source: string | undefined): string {
    return `cannot be ${wanted}: the snapshot has a ${kind} of that name besides ${source}, whose place it would take; choose another`;
}
