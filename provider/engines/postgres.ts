import type { Engine, Settings } from "./engine";
import { postgresDump } from "./postgres-dump";
import { namesFault, passwordFault, sqlLiteral } from "./text";

const data = "/var/lib/devdb/data";
const configuration = "/etc/devdb/postgresql.conf";
/** Parallel queries share memory through /dev/shm and fail on the runtime's 64 MiB. */
const sharedMemory = 256 * 1024 ** 2;
const bootstrapPassword = "/etc/devdb/bootstrap";

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
    container: (start) => ({
        environment: {
            PGDATA: data,
            POSTGRES_USER: "postgres",
            POSTGRES_DB: "postgres",
            POSTGRES_PASSWORD_FILE: bootstrapPassword,
            POSTGRES_HOST_AUTH_METHOD: "scram-sha-256",
            // From initdb the loopback lines trust everyone; only the socket should.
            POSTGRES_INITDB_ARGS: "--auth-local=trust --auth-host=scram-sha-256",
        },
        command: ["postgres", "-c", `config_file=${configuration}`],
        files: [{ path: bootstrapPassword, content: start.bootstrap, mode: 0o600, uid: 0, gid: 0 }],
        sharedMemory,
    }),
    priming: {
        version: 1,
        entrypoint: "docker-entrypoint.sh",
        initDirectory: "/docker-entrypoint-initdb.d",
        steps: [
            {
                command: ["sh", "-c", 'mkdir -p "$1" && chown postgres:postgres "$1" && chmod 0700 "$1"', "prepare", data],
                user: "root",
                stdin: "",
            },
            {
                // Files are synced when the layer is made.
                command: [
                    "sh",
                    "-ec",
                    'initdb -D "$1" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-sync; echo "host all all all scram-sha-256" >>"$1/pg_hba.conf"',
                    "initialise",
                    data,
                ],
                user: "postgres",
                stdin: "",
            },
        ],
        // initdb takes locale and time zone from them.
        unfit: ({ environment }) => Object.keys(environment).some((name) => /^(LANG|LANGUAGE|TZ|LC_\w+)$/.test(name)),
        start: () => ({
            entrypoint: ["postgres", "-D", data, "-c", `config_file=${configuration}`],
            user: "postgres",
            environment: { PGDATA: data },
            files: [],
            makesAccount: false,
            afterwards: [],
            sharedMemory,
        }),
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
        // Run at once after a direct start, so that making this process and starting the server overlap.
        command: ["sh", "-c", waitingClient, "account", ...accountClient],
        user: "postgres",
        stdin: accountSql(login.username, prepared(login.password), login.dbName ?? login.username),
    }),
    dump: postgresDump,
    versionOf: (text) => /\d+(\.\d+)*/.exec(text)?.[0] ?? text,
    url: (login, at) =>
        `postgresql://${encodeURIComponent(login.username)}:${encodeURIComponent(prepared(login.password))}@${at.host}:${at.port}/${encodeURIComponent(login.dbName ?? login.username)}`,
};

/** psql ends with 2 where it cannot connect, before it reads a statement: then it is tried again for some seconds. */
const waitingClient = `
n=0
until [ -S /var/run/postgresql/.s.PGSQL.5432 ] || [ $n = 500 ]; do n=$((n+1)); sleep 0.01; done
until psql "$@"; do
    code=$?
    n=$((n+1))
    [ $code = 2 ] && [ $n -lt 600 ] || exit $code
    sleep 0.02
done`;

const accountClient = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres"];

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
function accountSql(username: string, password: string, dbName: string): string {
    const [user, secret, database] = [sqlLiteral(username), sqlLiteral(password), sqlLiteral(dbName)];
    return [
        "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'; SET client_min_messages = 'error';",
        "SET standard_conforming_strings = on; SET client_encoding = 'UTF8';",
        `SELECT format('CREATE ROLE %I LOGIN', ${user}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${user})`,
        "\\gexec",
        `SELECT format('ALTER ROLE %I WITH LOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS PASSWORD %L', ${user}, ${secret})`,
        "\\gexec",
        ...(username === "postgres" ? [] : ["ALTER ROLE postgres PASSWORD NULL;"]),
        `SELECT format('CREATE DATABASE %I OWNER %I', ${database}, ${user}) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${database})`,
        "\\gexec",
        "",
    ].join("\n");
}
