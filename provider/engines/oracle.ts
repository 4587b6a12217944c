import type { Engine, Login, Refusal, Settings } from "./engine";
import { oracleDump } from "./oracle-dump";
import { defaultPdb, ensurePdbs, name, oradata, plain } from "./oracle-sqlplus";
import { databaseUrl, namesFault, passwordFault } from "./text";

const oracleUser = { uid: 54321, gid: 54321 };
const bootstrapPassword = "/etc/devdb/bootstrap";

/**
 * Oracle Database Free in Gerald Venzl's image. A database here is a pluggable database; names are folded to upper case, as drivers fold them.
 * The administrator is the operating system's user `oracle`, who needs no password; SYS keeps the throw-away one.
 */
export const oracle: Engine = {
    family: "oracle",
    title: "Oracle Database Free",
    names: ["oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb", "oracle"],
    versions: { lines: ["23"], default: "23", major: (version) => version.split(".", 1)[0] ?? version },
    image: { repository: "gvenzl/oracle-free", tag: (version) => `${version}-slim-faststart` },
    port: 1521,
    defaults: { username: "system", dbName: defaultPdb },
    startupSeconds: 300,
    stop: { seconds: 120 },
    data: {
        mount: oradata,
        directory: oradata,
        owner: oracleUser,
        filled: true,
        notInMemory: "the image brings the first data files on disk",
        marker: "dbconfig/FREE/spfileFREE.ora",
    },
    license: {
        terms: "the Oracle Free Use Terms and Conditions",
        url: "https://www.oracle.com/downloads/licenses/oracle-free-license.html",
    },
    // The image warns below 2 GiB that the server may not start; Oracle's own minimum is 1.
    memoryFloor: 1024 ** 3,
    faults: (account) => [
        ...namesFault(account, { maxBytes: 128, shape, reserved: { username: reservedUsers } }, ["username"]),
        ...namesFault(account, { maxBytes: 30, shape, reserved: { dbName: /^free$/i } }, ["dbName"]),
        ...passwordFault(account, { maxBytes: 1024, without: '"' }),
    ],
    ownsVariable: (name) => /^(ORACLE_|APP_USER)/.test(name),
    // Nothing that is safe to switch off makes it faster.
    fast: undefined,
    parameters: (settings) => ({
        path: "/container-entrypoint-startdb.d/00-devdb-parameters.sql",
        content: render(settings),
        mode: 0o644,
        uid: 0,
        gid: 0,
    }),
    container: (start) => ({
        environment: { ORACLE_PASSWORD_FILE: bootstrapPassword },
        files: [{ path: bootstrapPassword, content: start.bootstrap, mode: 0o600, ...oracleUser }],
    }),
    client: { driver: "inner", refusal },
    innerLogin: ({ username, password, dbName = defaultPdb }) => ({
        command: ["sh", "-c", `${settled}${checked}`, "login"],
        stdin: [
            ...plain,
            `CONNECT ${name(username)}/"${password}"@//localhost:1521/${dbName}`,
            "SELECT 1, version_full FROM product_component_version;",
            "",
        ].join("\n"),
    }),
    account: (login) => ({
        command: ["sh", "-c", `${settled}${ensurePdbs}exec sqlplus -S / as sysdba`, "account", (login.dbName ?? defaultPdb).toUpperCase()],
        stdin: accountSql(login),
    }),
    // What nothing has ended by then, the COMMIT makes an error.
    seeding: ({ username, password, dbName = defaultPdb }) => ({
        command: ["sh", "-c", checked, "sqlplus"],
        before: [...plain, "SET SQLBLANKLINES ON", `CONNECT ${name(username)}/"${password}"@//localhost:1521/${dbName}`, ""].join("\n"),
        after: "\nCOMMIT;\nPROMPT the step is done\n",
        whole: false,
    }),
    dump: oracleDump,
    versionOf: (text) => /\d+(\.\d+)+/.exec(text)?.[0] ?? text,
    url: (login, at) => databaseUrl("oracle", { dbName: defaultPdb, ...login }, at),
};

const shape = { pattern: /^[A-Za-z][A-Za-z0-9_]*$/, words: "a letter, then letters, digits and underscores" };
const reservedUsers =
    /^(sys(?!tem$).*|public|pdbadmin|xdb|dbsnmp|outln|audsys|ctxsys|mdsys|ojvmsys|lbacsys|dvsys|dvf|gsm.*|ggsys|anonymous|xs\$null)$/i;

/** While the image sets up, it gives SYSTEM the throw-away password and runs the parameter file: its own check knows when it is through. */
const settled = 'healthcheck.sh >/dev/null 2>&1 || { echo "the container is still starting" >&2; exit 75; }\n';

/** A CONNECT that fails is no SQL error and ends nothing: what was printed decides. */
const checked = `answer=$(sqlplus -S -L /nolog)
printf '%s\\n' "$answer"
case "$answer" in *ORA-*|*SP2-*|"") exit 1 ;; esac`;

/** SYSTEM is known in every container; any other master user lives in the pluggable database alone. */
function accountSql({ username, password, dbName = defaultPdb }: Login): string {
    const user = name(username);
    const isSystem = username.toLowerCase() === "system";
    return [
        ...plain,
        ...(isSystem
            ? []
            : [
                  `ALTER SESSION SET CONTAINER = ${name(dbName)};`,
                  `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY "${password}";`,
                  `GRANT DBA, UNLIMITED TABLESPACE TO ${user};`,
              ]),
        `ALTER USER ${user} IDENTIFIED BY "${password}" ACCOUNT UNLOCK;`,
        "EXIT",
        "",
    ].join("\n");
}

/**
 * Run by the image at every start, in memory only, so that the file alone decides. A static parameter is refused by the server (ORA-02095), and the
 * container exits with its words.
 */
function render(settings: Settings): string {
    const value = (text: string) => (/^[A-Za-z0-9_.]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`);
    const lines = Object.entries(settings).map(([key, text]) => `ALTER SYSTEM SET ${key} = ${value(text)} SCOPE = MEMORY;`);
    return ["WHENEVER SQLERROR EXIT FAILURE", "SET DEFINE OFF", ...lines, ""].join("\n");
}

function refusal(output: string): Refusal {
    if (/ORA-(28003|00922|00988|65010|65012|65025)\b/.test(output)) return "fatal";
    // 12514: the listener knows no such service, which a pluggable database that is not there looks like too.
    return /ORA-(01017|01045|28000|28001|12514|12505|65011)\b/.test(output) ? "account" : "starting";
}
