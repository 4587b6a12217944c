import { clp, owner, statements } from "./db2-clp";
import { db2Dump } from "./db2-dump";
import type { Engine, Login, Refusal } from "./engine";
import { databaseUrl, namesFault, passwordFault } from "./text";

const defaultDatabase = "DEVDB";

/**
 * Db2 Community Edition in IBM's image. Users are the container's own: the instance's owner `db2inst1`, or another one in the owner's group, which
 * is made anew in every new container. The administrator is the owner, whom the server knows without a password inside.
 */
export const db2: Engine = {
    family: "db2",
    title: "Db2",
    names: ["db2-se", "db2-ae", "db2"],
    versions: { lines: ["12.1", "11.5"], default: "11.5", major: (version) => version.split(".").slice(0, 2).join(".") },
    image: { repository: "icr.io/db2_community/db2", tag: (version) => newest[version] ?? version },
    port: 50000,
    defaults: { username: owner, dbName: defaultDatabase },
    startupSeconds: 600,
    stop: { seconds: 120 },
    data: {
        mount: "/database",
        directory: "/database",
        fixed: true,
        notInMemory: "Db2 keeps programs beside its data, and a memory file system is mounted so that none can run",
        marker: `config/${owner}`,
    },
    license: { terms: "IBM's license terms for Db2 Community Edition", url: "https://www.ibm.com/terms" },
    memoryFloor: 2 * 1024 ** 3,
    faults: (account) => [
        ...namesFault(account, { maxBytes: 32, shape: userShape, reserved: { username: reservedUsers } }, ["username"]),
        ...namesFault(account, { maxBytes: 8, shape: databaseShape, reserved: { dbName: /^(sys|dbm|ibm)/i } }, ["dbName"]),
        ...passwordFault(account, { maxBytes: 127, shape: passwordShape, without: "'\"" }),
    ],
    ownsVariable: (name) => /^(LICENSE|DB2INSTANCE|DB2INST1_PASSWORD|DBNAME\d*|AUTOCONFIG|ARCHIVE_LOGS)$/.test(name),
    fast: undefined,
    container: (start) => ({
        environment: {
            LICENSE: "accept",
            DB2INSTANCE: owner,
            DB2INST1_PASSWORD: start.bootstrap,
            DBNAME: start.account.dbName ?? defaultDatabase,
            // Both only lengthen the first start.
            AUTOCONFIG: "false",
            ARCHIVE_LOGS: "false",
        },
        files: [],
        // In place of --privileged: https://github.com/testcontainers/testcontainers-java/pull/9460
        capabilities: ["IPC_LOCK", "IPC_OWNER"],
    }),
    client: { driver: "inner", refusal },
    innerLogin: ({ username, password, dbName = defaultDatabase }) => ({
        command: ["bash", "-c", `${listening}${clp}`, "login"],
        user: "root",
        stdin: `CONNECT TO ${dbName} USER ${username} USING '${password}';\nSELECT 1 FROM SYSIBM.SYSDUMMY1;\n`,
    }),
    account: (login) => ({
        command: ["bash", "-c", `${setPassword}${clp}`, "account", login.username],
        user: "root",
        stdin: accountInput(login),
    }),
    seeding: ({ username, password, dbName = defaultDatabase }) => ({
        command: ["bash", "-c", seeded, "db2"],
        before: `CONNECT TO ${dbName} USER ${username} USING '${password}';\n`,
        after: "\nCOMMIT;\nCONNECT RESET;\n",
        whole: false,
    }),
    dump: db2Dump,
    // "Database server = DB2/LINUXX8664 11.5.9.0"
    versionOf: (text) => /\d+(\.\d+){2,}/.exec(text)?.[0] ?? text,
    url: (login, at) => databaseUrl("db2", { dbName: defaultDatabase, ...login }, at),
};

/** The registry has tags of whole versions only. */
const newest: Readonly<Record<string, string>> = { "12.1": "12.1.5.0", "11.5": "11.5.9.0" };

const userShape = { pattern: /^[a-z][a-z0-9_]*$/, words: "a lower-case letter, then lower-case letters, digits and underscores" };
const databaseShape = { pattern: /^[A-Za-z][A-Za-z0-9]*$/, words: "a letter, then letters and digits" };
const passwordShape = {
    pattern: /^[ -~]*[!-~]$/,
    words: "of ASCII's printable characters, with no space at the end, which the server would drop",
};
const reservedUsers =
    /^(users|admins|guests|public|local|(sql|sys|ibm).*|db2fenc1|dasusr1|root|bin|daemon|adm|lp|sync|shutdown|halt|mail|operator|games|ftp|nobody|dbus|polkitd|sshd|tss)$/;

/** The statements below take no network, so the port is looked at by itself. */
const listening = '(exec 3<>"/dev/tcp/$(uname -n)/50000") 2>/dev/null || { echo "nothing listens yet" >&2; exit 1; }\n';

/** Reads the password's line and leaves the rest. A user of the image's own system is never touched: only members of the owner's group. */
const setPassword = `IFS= read -r password
group=$(id -gn ${owner}) || exit 1
id "$1" >/dev/null 2>&1 || useradd --no-create-home --shell /sbin/nologin --gid "$group" "$1" || exit 1
[ "$(id -gn "$1")" = "$group" ] || { echo "user $1 belongs to the image" >&2; exit 1; }
printf '%s:%s\\n' "$1" "$password" | chpasswd || exit 1
`;

/** A statement that finds no row is none that fails. */
const seeded = `${statements}
[ "$?" -lt 4 ]`;

function accountInput({ username, password, dbName = defaultDatabase }: Login): string {
    return [
        password,
        `CONNECT TO ${dbName};`,
        ...(username === owner ? [] : [`GRANT DBADM, SECADM, DATAACCESS, ACCESSCTRL ON DATABASE TO USER ${username};`]),
        "CONNECT RESET;",
        "",
    ].join("\n");
}

/** 30082: user or password; 1060: no right to connect. That the database is not there yet (1013) is the image still at work. */
function refusal(output: string): Refusal {
    if (/belongs to the image/.test(output)) return "fatal";
    return /SQL(30082|1060|0?551)N/.test(output) ? "account" : "starting";
}
