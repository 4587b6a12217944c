import type { Engine, Settings } from "./engine";
import { prepared, silenced, spare } from "./postgres-account";
import { listing, query } from "./postgres-ahead";
import { firstWords } from "./postgres-copy";
import { postgresDump } from "./postgres-dump";
import { identifierShown, shownIdentifier } from "./postgres-identifier";
import { postgresLayering } from "./postgres-layering";
import { logCut } from "./postgres-log";
import { ownClients } from "./postgres-psql";
import { recover } from "./postgres-recovery";
import { accountOf, configuration, container, containerWithAccount, data, onCopy, onData, onLayer } from "./postgres-start";
import { shownVacancy, vacancyShown, vacated } from "./postgres-vacancy";
import { namesFault, passwordFault } from "./text";

/**
 * Files are synced when the layer is made, and the spare database is copied file by file, as versions before 15 do it anyway. What was counted meanwhile goes
 * again: a start would read it and take it away. Whoever does not show what comes with a server, such as pgAdmin, tells it by its number.
 */
const initialise = `
initdb -D "$1" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-sync
echo "host all all all scram-sha-256" >>"$1/pg_hba.conf"
[ "$PG_MAJOR" -lt 15 ] || strategy="STRATEGY file_copy"
cd "$1"
pg_resetwal --next-oid=16384 "$1" >/dev/null
printf '%s\\n' ${vacated.join(" ")}" $strategy" "${query}" | postgres --single -F -D "$1" postgres |${listing(["postgres", spare], "login")}
rm -f pg_stat/*${logCut}${identifierShown}${vacancyShown}`;

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
    containerWithAccount,
    priming: {
        version: 10,
        entrypoint: "docker-entrypoint.sh",
        initDirectory: "/docker-entrypoint-initdb.d",
        prepare: ["sh", "-ec", 'mkdir -p "$1"; chmod 0700 "$1"; chown postgres:postgres "$1"', "prepare", data],
        initialise: {
            command: ["sh", "-ec", initialise, "initialise", data],
            user: "postgres",
            stdin: "",
        },
        known: (printed) => [shownIdentifier(printed), shownVacancy(printed)].filter((each) => each !== undefined).join("\n"),
        // initdb takes locale and time zone from them.
        unfit: ({ environment }) => Object.keys(environment).some((name) => /^(LANG|LANGUAGE|TZ|LC_\w+)$/.test(name)),
        start: (start, login) => (login ? onLayer(start, login) : onData()),
    },
    client: {
        driver: "pg",
        // Nothing that has the first session look up a function, for which it reads two large files.
        sql: "SELECT 1; SHOW server_version",
        refusal: (code) => refusals[code] ?? "starting",
    },
    innerLogin: (login) => ({
        command: [
            "sh",
            "-c",
            // Without a terminal -W reads from standard input; a variable could be read by others in the container.
            'exec psql -W -X -A -t -F " " -h "$(hostname -i | cut -d" " -f1)" -U "$1" -d "$2" -c "$3"',
            "login",
            login.username,
            login.dbName ?? login.username,
            "SELECT 1, current_setting('server_version')",
        ],
        stdin: `${prepared(login.password)}\n`,
    }),
    account: (login) => accountOf(login),
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
        recover,
        known: shownIdentifier,
        start: (start, copy, login) => onCopy(start, login, firstWords(copy)),
        account: (copy, login) => accountOf(login, postgresLayering.names(copy)),
    },
    versionOf: (text) => /\d+(\.\d+)*/.exec(text)?.[0] ?? text,
    url: (login, at) =>
        `postgresql://${encodeURIComponent(login.username)}:${encodeURIComponent(prepared(login.password))}@${at.host}:${at.port}/${encodeURIComponent(login.dbName ?? login.username)}`,
};

/** All of a step or nothing; a failed statement, in which may be a password, is not for the server's log. */
const seedClient = `
${ownClients}
export PGOPTIONS="${silenced}"
export PGCLIENTENCODING=UTF8
exec psql -X -q -v ON_ERROR_STOP=1 --single-transaction --output=/dev/null --username="$1" --dbname="$2" --file=-`;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals: Readonly<Record<string, "account" | "fatal" | "starting">> = {
    "28P01": "account", // invalid_password, also for a role that does not exist
    "28000": "account", // invalid_authorization_specification
    "3D000": "account", // invalid_catalog_name
    "57P03": "starting", // cannot_connect_now
};

/**
 * The server's own file first, ours after it: what initdb chose stays, what `parameters` says wins.
 * Quotes are doubled, and a backslash is an escape inside quotes.
 */
function render(settings: Settings): string {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
    return [`include_if_exists = '${data}/postgresql.conf'`, ...lines, ""].join("\n");
}
