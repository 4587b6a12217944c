import { createHash } from "node:crypto";
import type { AccountPlan, Command, ContainerPlan, DirectPlan, Login, Script, Start } from "./engine";
import { accountSql, ownedSql, prepared, silenced, spare, verifier } from "./postgres-account";
import { opened, ownList } from "./postgres-ahead";
import type { FirstWords } from "./postgres-copy";
import { filledFirst } from "./postgres-filling";
import { ownIdentifier } from "./postgres-identifier";
import { logRestored } from "./postgres-log";
import { connection, ownClients } from "./postgres-psql";
import { isVacant, occupied, unpacking, vacancyPaths } from "./postgres-vacancy";
import { shellWord } from "./text";

export const data = "/var/lib/devdb/data";
export const configuration = "/etc/devdb/postgresql.conf";
/** Parallel queries share memory through /dev/shm and fail on the runtime's 64 MiB. */
const sharedMemory = 256 * 1024 ** 2;
const bootstrapPassword = "/etc/devdb/bootstrap";

/** The image's own entrypoint, which initialises the server. */
export function container(start: Start): ContainerPlan {
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

/** The same, with the account made once that entrypoint has come to its end. */
export function containerWithAccount(start: Start, login: Login, entrypoint: readonly string[]): AccountPlan {
    // The database is the entrypoint's, which knows of no user but its own.
    const statements = () => `${hurried}${accountSql(login, verifier(login.password, start.bootstrap))}${ownedSql(login)}`;
    return { ...container(start), entrypoint: ["sh", "-c", plainly(start), ...entrypoint], ...accountFrom(statements) };
}

/** The server itself, on data that are there. */
export function onData(): DirectPlan {
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

/** The same on a fresh layer, in which it writes the account before it starts. */
export function onLayer(start: Start, login: Login): DirectPlan {
    const plan = onData();
    const { known = "", bootstrap } = start;
    const files = () => occupied(known, login, verifier(login.password, bootstrap)) ?? [];
    const inData = (name: string) => ({ path: `${data}/${name}`, mode: 0o600, uid: 0, gid: 0 });
    return {
        ...plan,
        entrypoint: ["sh", "-c", first(start, login), ...plan.entrypoint],
        ...(isVacant(known) ? { stdin: () => files().map(({ path, content }) => ({ ...inData(path), content })), said: up } : {}),
        makesAccount: "before it answers",
    };
}

/** The same on a snapshot's layer. What is said last is only come to where nothing before it failed. */
export function onCopy(start: Start, login: Login, { database, statements }: FirstWords): DirectPlan {
    const mark = `/var/run/postgresql/.devdb-copy-${createHash("sha256").update(`copy ${start.bootstrap}`).digest("hex").slice(0, 16)}`;
    return onceUp(
        copyBeside(start, mark, database),
        () => `${statements(verifier(login.password, start.bootstrap))}\\o ${mark}\n\\qecho all\n`,
    );
}

/** Makes the account of a server that runs; of a copy, with the statements that give names, and lets those in who may log in. */
export function accountOf(login: Login, names?: string): Script {
    const client = waitingClient("postgres");
    const command: Command = names === undefined ? ["sh", "-c", client] : ["sh", "-ec", `(${client})\n${admitted}`];
    const statements = accountSql(login, prepared(login.password));
    return { command, user: "postgres", stdin: names === undefined ? statements : `${names}\n${statements}` };
}

/** The first line of its input says that the server is up, which nobody need find out by asking; the statements follow. */
function onceUp(script: string, statements: () => string): DirectPlan {
    const plan = onData();
    const account = accountFrom(() => `up\n${statements()}`);
    return {
        ...plan,
        entrypoint: ["sh", "-c", script, ...plan.entrypoint],
        ...account,
        up,
    };
}

/** What the server writes to its log once it answers. */
const up = /database system is ready to accept connections/;

function accountFrom(stdin: () => string): Pick<AccountPlan, "stdin" | "said" | "makesAccount"> {
    return { stdin, said: /the account is made/, makesAccount: "as it answers" };
}

/** What can be made again need not be on the disk at once; every later commit takes it there. */
const hurried = "SET synchronous_commit = off;\n";

/** Waits for the server, and then runs psql. The server that an entrypoint runs while it initialises is not meant: that one has no address to listen on. */
function waitingClient(database: string, pause = 0.01): string {
    return `
n=0
pause=0.03
until [ $n = 500 ]; do
    # How far the server is: https://www.postgresql.org/docs/current/storage-file-layout.html
    line= address= state=
    [ -r "$PGDATA/postmaster.pid" ] && { read -r line; read -r line; read -r line; read -r line; read -r line; read -r address; read -r line; read -r state; } <"$PGDATA/postmaster.pid"
    [ "$address" ] && [ "\${state%% *}" = ready ] && break
    n=$((n+1)); sleep $pause; pause=${pause}
done
${client(database)}`;
}

/** psql ends with 2 where it cannot connect, before it reads a statement: then it is tried again for some seconds. */
function client(database: string): string {
    return `
${ownClients}
n=0
until psql -X -q -v ON_ERROR_STOP=1 -U postgres -d ${shellWord(connection(database))}; do
    code=$?
    n=$((n+1))
    [ $code = 2 ] && [ $n -lt 500 ] || exit $code
    sleep 0.01
done`;
}

/**
 * Work beside the server that starts, so that neither waits for the other. The server becomes the parent of this child, and takes one that fails for a backend
 * that crashed: so it never fails.
 */
function beside(work: string): string {
    return `
    (
        ${work}
        exit 0
    ) &`;
}

/**
 * The account is made so, from standard input, and no call of the runtime's is needed. Where that did not come to its end, the login stays refused, and the
 * account is made as after any start. Its last words tell who listens that a login is worth a try.
 */
function accountBeside(work: string): string {
    return `
    exec 3<&0${beside(`${work}
        echo "the account is made"`)}
    exec 3<&-`;
}

/** Told by the environment, which takes no round trip. */
const session = `export PGOPTIONS="${silenced} -c standard_conforming_strings=on -c synchronous_commit=off" PGCLIENTENCODING=UTF8`;

/** A start that has work to do the first time, all of it again where that was broken off; before the server that stays, it is to be filled. */
function atFirst({ filled }: Start, work: string): string {
    return `
made=/var/run/postgresql/.devdb-account
if [ ! -e "$made" ]; then
    ${work}
    : >"$made"${filled ? filledFirst : ""}
fi
exec "$0" "$@" </dev/null`;
}

/**
 * The start of a server on a fresh layer. The account comes as files: they are there before it starts, and on the disk by the time it answers, since nothing
 * but a crash would have the server itself take them there. Meanwhile what its first session opens is opened. Where a server has been started already, the
 * data are its own, even if nothing else tells so any more.
 */
function first(start: Start, { username, dbName = username }: Login): string {
    const [unpacked, synced] = isVacant(start.known)
        ? [`[ -e postmaster.opts ] || ${unpacking} -C / || exit`, `sync ${vacancyPaths.join(" ")}`]
        : ["", ""];
    const ahead = `{ ${synced}${logRestored}
        ${opened([dbName === "postgres" ? dbName : spare])}; } >/dev/null 2>&1`;
    return atFirst(start, `cd ${data}${ownIdentifier(start)}\n${unpacked}${beside(ahead)}`);
}

/** The entrypoint, and the account once it has come to its end. */
function plainly(start: Start): string {
    return atFirst(start, accountBeside(`(${waitingClient("postgres", 0.05)}) <&3 >/dev/null 2>&1`));
}

/** Lets those in over the network who may log in. */
const admitted = `cd ${data}; if [ -e pg_hba.devdb ]; then mv pg_hba.devdb pg_hba.conf; kill -HUP 1; fi`;

/**
 * On a layer nobody comes in but through the socket, until the account is the copy's: then the file that says who may log in is put back. What the source's
 * server set by itself, and what it kept for its replicas, stays behind. Files are not synced one by one before the recovery: each would be opened for
 * writing, and copied out of the layer. The mark is this copy's own, since the layer may have that of the copy it was taken of: it is there once the start has
 * begun, and says so when all that there is to say was said.
 */
function copyBeside(start: Start, mark: string, database: string): string {
    return `
cd ${data}
begun=${mark}
if [ ! -e $begun ]; then
    rm -rf pg_replslot/* /var/run/postgresql/.devdb-*
    : >postgresql.auto.conf${logRestored}${ownIdentifier(start)}
    [ -e pg_hba.devdb ] || mv pg_hba.conf pg_hba.devdb
    echo "local all all trust" >pg_hba.conf
    : >$begun
fi
if [ -e pg_hba.devdb ]; then
    set -- "$@" -c recovery_init_sync_method=syncfs${accountBeside(`{ ${opened([ownList, ...(database === "postgres" ? ["postgres"] : [])])}; } 2>/dev/null
        (read -r up && { ${session}${client(database)}; }) <&3 >/dev/null 2>&1
        if [ -s $begun ]; then ${admitted}; fi`)}
fi
exec "$0" "$@" </dev/null`;
}
