import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { AccountPlan, ContainerPlan, DirectPlan, Engine, Login, Settings, Start } from "./engine";
import { postgresDump } from "./postgres-dump";
import { postgresLayering } from "./postgres-layering";
import { namesFault, passwordFault, quotedName, sqlLiteral } from "./text";

const data = "/var/lib/devdb/data";
const configuration = "/etc/devdb/postgresql.conf";
/** Parallel queries share memory through /dev/shm and fail on the runtime's 64 MiB. */
const sharedMemory = 256 * 1024 ** 2;
/** In the data directory of a copy whose account is not its own yet. */
const mark = "devdb-copy";
const bootstrapPassword = "/etc/devdb/bootstrap";

/**
 * A database that was made with the primed layer and waits for its name: making one takes hundreds of milliseconds, since all of its files are written and
 * synced, and naming one takes one. Its own mark is that nobody but a superuser may connect to it.
 */
const spare = "devdb_spare";

/**
 * Files are synced when the layer is made. The log begins anew, so that only its beginning is written; the rest of it is cut off, for a file of a layer is
 * copied whole at its first write. The first start gives it back its length. What was counted meanwhile goes too: a start would read it and take it away.
 */
const initialise = `
initdb -D "$1" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-sync
echo "host all all all scram-sha-256" >>"$1/pg_hba.conf"
postgres --single -F -D "$1" postgres
pg_resetwal "$1"
for log in "$1"/pg_wal/0*; do truncate -s 64K "$log"; done
rm -f "$1"/pg_stat/*`;

/** The official `postgres` image. Its bootstrap role is `postgres` on every path, reachable by socket only unless it is the master user. */
export const postgres: Engine = {
    family: "postgres",
    title: "PostgreSQL",
    names: ["postgres"],
    versions: { lines: ["18", "17", "16", "15", "14"], default: "17", major: (version) => version.split(".")[0] ?? version },
    image: {
        repository: "postgres",
        tag: (version) => version,
        build: {
            context: "postgres",
            suites: { "18": "sid", "17": "trixie", "15": "bookworm" },
            arguments: { "18": { DATA: "/var/lib/postgresql/18/docker", DATA_VOLUME: "/var/lib/postgresql" } },
        },
    },
    port: 5432,
    defaults: { username: "postgres", dbName: "postgres" },
    startupSeconds: 60,
    stop: { seconds: 60 },
    data: {
        mount: "/var/lib/devdb",
        directory: data,
        marker: "data/PG_VERSION",
        written: { files: ["data/PG_VERSION"], version: (content) => content.trim() || undefined },
    },
    memoryFloor: 64 * 1024 ** 2,
    faults: (account) => [
        // NAMEDATALEN is 64: longer names are cut by the server, silently.
        ...namesFault(account, { maxBytes: 63, reserved: { username: /^pg_/, dbName: /^template[01]$/ } }),
        ...passwordFault(account, { maxBytes: 1000 }),
    ],
    ownsVariable: (name) => /^(PG|POSTGRES_)/.test(name),
    fast: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
    parameters: (settings) => ({ path: configuration, content: render(settings), mode: 0o644, uid: 0, gid: 0 }),
    container,
    containerWithAccount: (start, login, entrypoint) => ({
        ...container(start),
        entrypoint: ["sh", "-c", plainly, ...entrypoint],
        ...accountFrom(() => `${hurried}${accountSql(login, verifier(login.password, start.bootstrap))}`),
    }),
    priming: {
        version: 4,
        entrypoint: "docker-entrypoint.sh",
        initDirectory: "/docker-entrypoint-initdb.d",
        steps: [
            {
                command: ["sh", "-c", 'mkdir -p "$1" && chown postgres:postgres "$1" && chmod 0700 "$1"', "prepare", data],
                user: "root",
                stdin: "",
            },
            {
                command: ["sh", "-ec", initialise, "initialise", data],
                user: "postgres",
                stdin: `CREATE DATABASE ${spare} CONNECTION LIMIT 0`,
            },
        ],
        // initdb takes locale and time zone from them.
        unfit: ({ environment }) => Object.keys(environment).some((name) => /^(LANG|LANGUAGE|TZ|LC_\w+)$/.test(name)),
        start: (start, login) =>
            login ? withAccount(first(login), () => firstSql(login, verifier(login.password, start.bootstrap))) : onData(),
    },
    client: {
        driver: "pg",
        sql: "SELECT 1, current_setting('server_version')",
        refusal: (code) => refusals[code] ?? "starting",
    },
    innerLogin: (login) => ({
        command: [
            "sh",
            "-c",
            'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -X -A -t -F " " -h "$(hostname -i | cut -d" " -f1)" -U "$1" -d "$2" -c "$3"',
            "login",
            login.username,
            login.dbName ?? login.username,
            "SELECT 1, current_setting('server_version')",
        ],
        stdin: `${prepared(login.password)}\n`,
    }),
    account: (login) => ({
        command: ["sh", "-c", waitingClient("postgres")],
        user: "postgres",
        stdin: accountSql(login, prepared(login.password)),
    }),
    seeding: ({ username, dbName = username }) => ({
        command: ["sh", "-c", seedClient, "psql", username, dbName],
        before: "",
        after: "",
        whole: true,
        line: /<stdin>:(\d+):/,
    }),
    dump: postgresDump,
    layering: {
        ...postgresLayering,
        start: (start, copy, login) => ({
            ...withAccount(
                copyBeside,
                () => `${hurried}${postgresLayering.names(copy)}\n${accountSql(login, verifier(login.password, start.bootstrap))}`,
            ),
            files: [{ path: `${data}/${mark}`, content: "", mode: 0o600, uid: 0, gid: 0 }],
        }),
        account: (copy, login) => ({
            command: ["sh", "-ec", `(${waitingClient("postgres")})\n${opened}`],
            user: "postgres",
            stdin: `${postgresLayering.names(copy)}\n${accountSql(login, prepared(login.password))}`,
        }),
    },
    versionOf: (text) => /\d+(\.\d+)*/.exec(text)?.[0] ?? text,
    url: (login, at) =>
        `postgresql://${encodeURIComponent(login.username)}:${encodeURIComponent(prepared(login.password))}@${at.host}:${at.port}/${encodeURIComponent(login.dbName ?? login.username)}`,
};

/** The image's own entrypoint, which initialises the server. */
function container(start: Start): ContainerPlan {
    return {
        environment: {
            PGDATA: data,
            POSTGRES_USER: "postgres",
            // Made while the server initialises itself, when nothing is synced yet.
            POSTGRES_DB: start.account.dbName ?? start.account.username,
            POSTGRES_PASSWORD_FILE: bootstrapPassword,
            POSTGRES_HOST_AUTH_METHOD: "scram-sha-256",
            // From initdb the loopback lines trust everyone; only the socket should.
            POSTGRES_INITDB_ARGS: "--auth-local=trust --auth-host=scram-sha-256",
        },
        command: ["postgres", "-c", `config_file=${configuration}`],
        files: [{ path: bootstrapPassword, content: start.bootstrap, mode: 0o600, uid: 0, gid: 0 }],
        sharedMemory,
    };
}

/** The server itself, on data that are there. */
function onData(): DirectPlan {
    return {
        entrypoint: ["postgres", "-D", data, "-c", `config_file=${configuration}`],
        user: "postgres",
        environment: { PGDATA: data },
        files: [],
        sharedMemory,
        makesAccount: "as it answers",
        afterwards: [],
    };
}

/** The same, with the account made by what its entrypoint reads. */
function withAccount(script: string, statements: () => string): DirectPlan {
    const plan = onData();
    return { ...plan, entrypoint: ["sh", "-c", script, ...plan.entrypoint], ...accountFrom(statements) };
}

function accountFrom(stdin: () => string): Pick<AccountPlan, "stdin" | "said" | "makesAccount"> {
    return { stdin, said: /the account is made/, makesAccount: "as it answers" };
}

/** What can be made again need not be on the disk at once; every later commit takes it there. */
const hurried = "SET synchronous_commit = off;\n";

const silenced = "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic -c client_min_messages=error";

/** All of a step or nothing; a failed statement, in which may be a password, is not for the server's log. */
const seedClient = `
PATH=/usr/lib/postgresql/$PG_MAJOR/bin:$PATH
export PGOPTIONS="${silenced}"
export PGCLIENTENCODING=UTF8
exec psql -X -q -v ON_ERROR_STOP=1 --single-transaction --output=/dev/null --username="$1" --dbname="$2" --file=-`;

/**
 * Waits for the server, and then runs psql. The server that an entrypoint runs while it initialises is not meant: that one has no address to listen on.
 * psql ends with 2 where it cannot connect, before it reads a statement: then it is tried again for some seconds. Debian's psql is a script that looks for
 * the one of the server's version.
 */
function waitingClient(database: string, pause = 0.01): string {
    return `
PATH=/usr/lib/postgresql/$PG_MAJOR/bin:$PATH
n=0
pause=0.03
until [ $n = 500 ]; do
    # How far the server is: https://www.postgresql.org/docs/current/storage-file-layout.html
    line= address= state=
    [ -r "$PGDATA/postmaster.pid" ] && { read -r line; read -r line; read -r line; read -r line; read -r line; read -r address; read -r line; read -r state; } <"$PGDATA/postmaster.pid"
    [ "$address" ] && [ "\${state%% *}" = ready ] && break
    n=$((n+1)); sleep $pause; pause=${pause}
done
until psql -X -q -v ON_ERROR_STOP=1 -U postgres -d ${database}; do
    code=$?
    n=$((n+1))
    [ $code = 2 ] && [ $n -lt 600 ] || exit $code
    sleep 0.01
done`;
}

/**
 * The account is made beside the server that starts, from standard input, so that neither waits for the other and no call of the runtime's is needed.
 * The server becomes the parent of this child, and takes one that fails for a backend that crashed: so it never fails. Where it did not come to its end, the
 * login stays refused, and the account is made as after any start. Its last words tell who listens that a login is worth a try.
 */
function beside(work: string): string {
    return `
    exec 3<&0
    (
        ${work}
        echo "the account is made"
        exit 0
    ) &
    exec 3<&-`;
}

/** The start of a server on a fresh layer. A session reads a database's catalogue when it is the first there: so this one is where the user will be. */
function first({ username, dbName = username }: Login): string {
    return `
made=/var/run/postgresql/.devdb-account
if [ ! -e "$made" ]; then
    truncate -s 16M ${data}/pg_wal/0*
    : >"$made"
    export PGOPTIONS="${silenced} -c standard_conforming_strings=on -c synchronous_commit=off" PGCLIENTENCODING=UTF8${beside(`(${waitingClient(dbName === "postgres" ? dbName : spare)}) <&3 >/dev/null 2>&1`)}
    unset PGOPTIONS PGCLIENTENCODING
fi
exec "$0" "$@" </dev/null`;
}

/**
 * One round trip, for a server that has nothing but the layer's. The database gets its name as RENAME would give it, which refuses the one that its session
 * is in. Where none is wanted it is only forgotten: its files are the layer's, and to hide each of them takes longer than all the rest.
 */
function firstSql({ username, dbName = username }: Login, password: string): string {
    const [user, secret] = [quotedName(username, ['"', '"']), sqlLiteral(password)];
    const attributes = "LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS";
    const own = username === "postgres";
    const statements = [
        own ? `ALTER ROLE postgres PASSWORD ${secret}` : `CREATE ROLE ${user} ${attributes} PASSWORD ${secret}`,
        ...(dbName === "postgres"
            ? [`DELETE FROM pg_database WHERE datname = '${spare}'`]
            : [
                  ...(own ? [] : [`ALTER DATABASE ${spare} OWNER TO ${user}`]),
                  `UPDATE pg_database SET datname = ${sqlLiteral(dbName)}, datconnlimit = -1 WHERE datname = '${spare}'`,
              ]),
    ];
    return `${statements.join("\\;\n")};\n`;
}

/** The entrypoint, and the account once it has come to its end. */
const plainly = `
made=/var/run/postgresql/.devdb-account
if [ ! -e "$made" ]; then
    : >"$made"${beside(`(${waitingClient("postgres", 0.05)}) <&3 >/dev/null 2>&1`)}
fi
exec "$0" "$@" </dev/null`;

/** Lets those in over the network who may log in. */
const opened = `cd ${data}; if [ -e ${mark} ]; then mv pg_hba.devdb pg_hba.conf; rm ${mark}; kill -HUP 1; fi`;

/**
 * On a layer nobody comes in but through the socket, until the account is the copy's: then the file that says who may log in is put back. What the source's
 * server set by itself, and what it kept for its replicas, stays behind. Files are not synced one by one before the recovery: each would be opened for
 * writing, and copied out of the layer.
 */
const copyBeside = `
cd ${data}
if [ -e ${mark} ]; then
    rm -rf pg_replslot/* /var/run/postgresql/.devdb-account
    : >postgresql.auto.conf
    [ -e pg_hba.devdb ] || mv pg_hba.conf pg_hba.devdb
    echo "local all all trust" >pg_hba.conf
    set -- "$@" -c recovery_init_sync_method=syncfs${beside(`statements=$(timeout 60 cat <&3)
        printf '%s\\n' "$statements" | (${waitingClient("postgres")}) >/dev/null 2>&1 && [ "$statements" ] && { ${opened}; }`)}
fi
exec "$0" "$@" </dev/null`;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals: Readonly<Record<string, "account" | "fatal" | "starting">> = {
    "28P01": "account", // invalid_password, also for a role that does not exist
    "28000": "account", // invalid_authorization_specification
    "3D000": "account", // invalid_catalog_name
    "57P03": "starting", // cannot_connect_now
};

/** RFC 3454, table B.1: joiners, selectors and their like. */
// biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant by itself, whatever it would combine with.
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;

/**
 * SASLprep, as far as clients agree on it (RFC 4013): some apply it to every password, some not at all, and the server only to those without newer
 * characters such as emoji. What is stored and handed out is its result, which all of them leave as it is.
 */
function prepared(password: string): string {
    return password
        .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ")
        .replace(mappedToNothing, "")
        .normalize("NFKC");
}

/**
 * The server's own file first, ours after it: what initdb chose stays, what `parameters` says wins.
 * Quotes are doubled, and a backslash is an escape inside quotes.
 */
function render(settings: Settings): string {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
    return [`include_if_exists = '${data}/postgresql.conf'`, ...lines, ""].join("\n");
}

/** One batch over the trusted socket. The statements hold a password, so the server's logging is silenced for this session first. */
function accountSql({ username, dbName = username }: Omit<Login, "password">, password: string): string {
    const [user, secret, database] = [sqlLiteral(username), sqlLiteral(password), sqlLiteral(dbName)];
    const missing = `NOT EXISTS (SELECT FROM pg_database WHERE datname = ${database})`;
    const waiting = `EXISTS (SELECT FROM pg_database WHERE datname = '${spare}' AND datconnlimit = 0)`;
    return [
        "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'; SET client_min_messages = 'error';",
        "SET standard_conforming_strings = on; SET client_encoding = 'UTF8';",
        "BEGIN;",
        ...executed(`format('CREATE ROLE %I LOGIN', ${user}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${user})`),
        ...executed(
            `format('ALTER ROLE %I WITH LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS PASSWORD %L', ${user}, ${secret})`,
        ),
        ...(username === "postgres" ? [] : ["ALTER ROLE postgres PASSWORD NULL;"]),
        ...executed(
            `unnest(ARRAY['ALTER DATABASE ${spare} CONNECTION LIMIT -1', format('ALTER DATABASE ${spare} OWNER TO %I', ${user}), format('ALTER DATABASE ${spare} RENAME TO %I', ${database})]) WHERE ${missing} AND ${waiting}`,
        ),
        "COMMIT;",
        ...executed(`format('CREATE DATABASE %I OWNER %I', ${database}, ${user}) WHERE ${missing}`),
        ...executed(`'DROP DATABASE ${spare}' WHERE ${waiting}`),
        "",
    ].join("\n");
}

/**
 * What the server itself would store of a password (RFC 5803), so that it need not spend the time. The salt is made from what is random already.
 * https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
function verifier(password: string, random: string): string {
    const iterations = 4096;
    const salt = createHash("sha256").update(random).digest().subarray(0, 16);
    const salted = pbkdf2Sync(prepared(password), salt, iterations, 32, "sha256");
    const keyed = (words: string) => createHmac("sha256", salted).update(words).digest();
    const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
    return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${keyed("Server Key").toString("base64")}`;
}

/** Runs the statement that this expression makes, if it makes one. */
function executed(expression: string): readonly string[] {
    return [`SELECT ${expression}`, "\\gexec"];
}
