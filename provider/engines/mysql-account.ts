import type { DirectPlan, Fault, File, Login, Refusal, Script, Seeding, Settings, Start } from "./engine";
import { namesFault, passwordFault, quotedName, sqlLiteral } from "./text";

/** What MySQL and MariaDB really share: where data lies, option files, the statements that make an account, and what their errors mean. */
export const data = { mount: "/var/lib/devdb", directory: "/var/lib/devdb/data" } as const;

/**
 * root@localhost keeps the throw-away password for good and is the administrator over the socket. It belongs to the data,
 * so both forms of it lie beside them: one for the entrypoint, one for the clients that we run.
 */
export function bootstrapFiles({ place, bootstrap }: Start): readonly [bootstrap: File, client: File] {
    const secret = { mode: 0o600, uid: 0, gid: 0, once: true } as const;
    const client = optionFile("client", { user: "root", password: bootstrap, protocol: "socket" });
    return [
        { path: `${place.directory}/bootstrap`, content: bootstrap, ...secret },
        { path: `${place.directory}/client.cnf`, content: client, ...secret },
    ];
}

/** In double quotes only the quote and the backslash need care, and `#` begins no comment: https://dev.mysql.com/doc/refman/8.4/en/option-files.html */
export function optionFile(section: string, settings: Settings): string {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = "${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
    return [`[${section}]`, ...lines, ""].join("\n");
}

export function nameFaults(account: Partial<Login>, maxUsername: number): readonly Fault[] {
    // Beyond the basic plane a character becomes `?`, and spaces at the ends are dropped: the server does both silently.
    const shape = {
        pattern: /^(?! |.* $)[^\u{10000}-\u{10ffff}]+$/u,
        words: "without emoji and other characters beyond U+FFFF, and neither begin nor end with a space",
    };
    const username = /^(mysql|mysql\.(sys|session|infoschema)|mariadb\.sys|healthcheck)$/i;
    const dbName = /^(mysql|sys|information_schema|performance_schema|ndbinfo|#mysql50#.*)$/i;
    return [
        ...namesFault(account, { maxCharacters: maxUsername, shape, reserved: { username } }, ["username"]),
        ...namesFault(account, { maxCharacters: 64, shape, reserved: { dbName } }, ["dbName"]),
        // Without TLS it is sent encrypted by the server's RSA key of 2048 bits, which takes no more.
        ...passwordFault(account, { maxBytes: 213 }),
    ];
}

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html; all else is transport, or a server that starts or stops. */
export function refusal(code: string): Refusal {
    return refusals[code] ?? "starting";
}

const refusals: Readonly<Record<string, Refusal>> = {
    ER_ACCESS_DENIED_ERROR: "account",
    ER_ACCESS_DENIED_NO_PASSWORD_ERROR: "account",
    ER_DBACCESS_DENIED_ERROR: "account",
    ER_BAD_DB_ERROR: "account",
    // With root@localhost alone, nobody may come over TCP at all.
    ER_HOST_NOT_PRIVILEGED: "account",
    ER_ACCOUNT_HAS_BEEN_LOCKED: "account",
    ER_MUST_CHANGE_PASSWORD: "account",
    ER_MUST_CHANGE_PASSWORD_LOGIN: "account",
    ER_SECURE_TRANSPORT_REQUIRED: "fatal",
};

/** The password goes in as an option file, which must be the first option; by its own name the container reaches its own address. */
export function innerLogin(client: string, login: Login, ...options: readonly string[]): Script {
    return {
        command: [
            "sh",
            "-c",
            'client=$1; shift; exec "$client" --defaults-extra-file=/dev/stdin --protocol=tcp --host="$(uname -n)" --connect-timeout=5 --default-character-set=utf8mb4 "$@"',
            "login",
            client,
            ...options,
            "--batch",
            "--skip-column-names",
            `--user=${login.username}`,
            ...(login.dbName === undefined ? [] : [`--database=${login.dbName}`]),
            "--execute=SELECT 1, VERSION()",
        ],
        stdin: optionFile("client", { password: login.password }),
    };
}

/**
 * The master user is let in over the container's own address, as over the socket `root` would be another. Rows that a step selects are for nobody.
 * Statements commit by themselves, those that define things always.
 */
export function seeding(client: string, login: Login, ...options: readonly string[]): Seeding {
    return {
        command: [
            "sh",
            "-c",
            `client=$1; shift
IFS= read -r secret
exec "$client" --defaults-extra-file=/dev/fd/3 --protocol=tcp --host="$(uname -n)" --default-character-set=utf8mb4 "$@" >/dev/null 3<<END
[client]
$secret
END`,
            client,
            client,
            ...options,
            "--batch",
            "--max-allowed-packet=1G",
            `--user=${login.username}`,
            ...(login.dbName === undefined ? [] : [`--database=${login.dbName}`]),
        ],
        before: optionFile("client", { password: login.password }).split("\n").slice(1).join("\n"),
        after: "",
        whole: false,
        line: /at line (\d+)/,
    };
}

/** Finds the administrator's option file, and leaves alone the server without a network that the entrypoint runs while it makes the data directory. */
const administrate = `
for place in ${data.mount} /etc/devdb; do [ -r "$place/client.cnf" ] && break; done
client=$1; shift
set -- "$client" --defaults-extra-file="$place/client.cnf" --default-character-set=utf8mb4 --batch --skip-column-names "$@"
isolated=$("$@" --execute="SELECT @@skip_networking" </dev/null)
[ "$isolated" = 0 ] || { echo "the server is still starting" >&2; exit 75; }
exec "$@"`;

/**
 * One batch over the socket. With NO_BACKSLASH_ESCAPES literals are standard ones, whatever the server's sql_mode is. The account stays out of the general log,
 * where MariaDB would write the password, and out of the binary log; the database goes into it, since what is written there later needs it.
 */
export function account(client: string, login: Login, ...options: readonly string[]): Script {
    return { command: ["sh", "-c", administrate, "account", client, ...options], user: "root", stdin: accountSql(login) };
}

/** The same for other statements. */
export function administered(client: string, lines: readonly string[], ...options: readonly string[]): Script {
    return { command: ["sh", "-c", administrate, "administer", client, ...options], user: "root", stdin: [...lines, ""].join("\n") };
}

/** One statement a line, as an init file must have them. */
export function accountSql(login: Login): string {
    return [...accountLines(login), ""].join("\n");
}

function accountLines({ username, password, dbName }: Login): readonly string[] {
    const user = `${sqlLiteral(username)}@'%'`;
    return [
        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';",
        ...(dbName === undefined ? [] : [`CREATE DATABASE IF NOT EXISTS ${quotedName(dbName, ["`", "`"])};`]),
        "SET SESSION sql_log_bin = 0, SESSION sql_log_off = 1;",
        `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY ${sqlLiteral(password)};`,
        `ALTER USER ${user} IDENTIFIED BY ${sqlLiteral(password)} ACCOUNT UNLOCK;`,
        `GRANT ALL PRIVILEGES ON *.* TO ${user} WITH GRANT OPTION;`,
    ];
}

/** The servers' user in the official images and in ours. */
export const owner = { uid: 999, gid: 999 } as const;

/**
 * The administrator and the master user come from a file that the server runs before it accepts connections, so that no round trip follows; it is emptied as
 * soon as it answers, and an empty one does no harm at later starts.
 */
export function starting(
    server: string,
    start: Start,
    login: Login,
    { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
): DirectPlan {
    const [, client] = bootstrapFiles(start);
    const plan = onData(server);
    const path = "/etc/devdb/init.sql";
    const administrator = `ALTER USER 'root'@'localhost' IDENTIFIED BY '${start.bootstrap}';`;
    const content = [...before, administrator, ...accountLines(login), ...after, ""].join("\n");
    const initFile = { path, content, mode: 0o600, ...owner };
    return {
        ...plan,
        entrypoint: [...plan.entrypoint, `--init-file=${path}`],
        files: [client, initFile],
        afterwards: [{ ...initFile, content: "" }],
    };
}

/** The server itself, on data that are there. */
export function onData(server: string): DirectPlan {
    const entrypoint = [server, `--datadir=${data.directory}`] as const;
    return { entrypoint, user: "mysql", environment: {}, files: [], makesAccount: "before it answers", afterwards: [] };
}

/**
 * What the server must know when it makes its data directory, and cannot take back afterwards; and what makes it one of a cluster, which runs programs and asks
 * how they ended: a first start on a layer is told not to.
 */
export function unfitForPriming({ settings, environment }: { readonly settings: Settings; readonly environment: Settings }): boolean {
    const fixed =
        /^(lower_case_table_names|innodb_(page_size|data_file_path|undo\w*|checksum\w*|encrypt\w*)|default_table_encryption|early_plugin_load|wsrep_\w+)$/;
    const early = Object.keys(settings).some((name) => fixed.test(name.replaceAll("-", "_")));
    return early || Object.keys(environment).some((name) => /^(MYSQL|MARIADB)_|^(LANG|LANGUAGE|TZ|LC_\w+)$/.test(name));
}
