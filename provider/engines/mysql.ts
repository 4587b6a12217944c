import type { Engine } from "./engine";
import {
    account,
    administered,
    bootstrapFiles,
    data,
    innerLogin,
    nameFaults,
    optionFile,
    refusal,
    seeding,
    unfitForPriming,
} from "./mysql-account";
import { mysqlDump } from "./mysql-dump";
import { mysqlLayering } from "./mysql-layering";
import { directPlan, prepare, trim } from "./mysql-start";
import { databaseUrl } from "./text";

/**
 * Makes the data directory with the time zones in it, in one run of the server that accepts no connections. Its identity and its keys are each server's own;
 * it makes them when they are missing.
 */
const initialise = `
{ echo "USE mysql;"; mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null; } >/tmp/zones.sql
mysqld --initialize-insecure --datadir="$1" --skip-log-bin --default-time-zone=SYSTEM --init-file=/tmp/zones.sql
rm -f /tmp/zones.sql "$1"/auto.cnf "$1"/*.pem "$1"/binlog.* "$1"/#innodb_redo/*_tmp
for file in "$1"/#ib_*.dblwr; do
    size=$(stat -c %s "$file")
    truncate -s 0 "$file"
    truncate -s "$size" "$file"
done
${trim()}`;

/** The official `mysql` image. Its root@localhost is the administrator over the socket; a master user `root` is root@% beside it. */
export const mysql: Engine = {
    family: "mysql",
    title: "MySQL",
    names: ["mysql"],
    versions: { lines: ["9.7", "8.4"], default: "9.7", major: (version) => version.split(".").slice(0, 2).join(".") },
    image: {
        repository: "mysql",
        tag: (version) => version,
        build: { context: "mysql", suites: { "9.7": "sid" } },
    },
    port: 3306,
    defaults: { username: "root" },
    startupSeconds: 120,
    stop: { seconds: 60 },
    data: {
        ...data,
        marker: "data/mysql.ibd",
        // Every upgrade is added at its end.
        written: {
            files: ["data/mysql_upgrade_history"],
            version: (content) => [...content.matchAll(/"version":\s*"(\d+(?:\.\d+)+)/g)].at(-1)?.[1],
        },
    },
    // Measured on 9.7: with 512 MiB the first start is killed while it loads time zones.
    memoryFloor: 576 * 1024 ** 2,
    faults: (login) => nameFaults(login, 32),
    ownsVariable: (name) => /^MYSQL_(?!INITDB_SKIP_TZINFO$)/.test(name),
    fast: { innodb_flush_log_at_trx_commit: "0", sync_binlog: "0", innodb_doublewrite: "OFF" },
    // The server ignores an option file that everybody may write.
    parameters: (settings) => ({
        path: "/etc/mysql/conf.d/zz-devdb.cnf",
        content: optionFile("mysqld", settings),
        mode: 0o644,
        uid: 0,
        gid: 0,
    }),
    container: (start) => {
        const [bootstrap, client] = bootstrapFiles(start);
        return {
            environment: { MYSQL_ROOT_PASSWORD_FILE: bootstrap.path, MYSQL_ROOT_HOST: "localhost" },
            command: ["mysqld", `--datadir=${data.directory}`],
            files: [bootstrap, client],
        };
    },
    priming: {
        version: 4,
        entrypoint: "docker-entrypoint.sh",
        initDirectory: "/docker-entrypoint-initdb.d",
        prepare,
        initialise: { command: ["sh", "-ec", initialise, "initialise", data.directory], user: "mysql", stdin: "" },
        unfit: unfitForPriming,
        keys: ["certificate", "rsa"],
        start: (start, login) => directPlan({ program: "mysqld", administrator: "password", options: "" }, start, login),
    },
    client: { driver: "mysql2", sql: "SELECT 1, VERSION()", refusal },
    innerLogin: (login) => innerLogin("mysql", login),
    account: (login) => account("mysql", login),
    seeding: (login) => seeding("mysql", login),
    dump: mysqlDump({
        kind: "mysql",
        client: "mysql",
        dump: "mysqldump",
        options: [],
        dumpOptions: ["--set-gtid-purged=OFF"],
        shown: "CONCAT('SHOW CREATE USER ', QUOTE(user), '@', QUOTE(host), '; SHOW GRANTS FOR ', QUOTE(user), '@', QUOTE(host), ';')",
        // Hashes hold bytes that are no text.
        showing: "SET SESSION print_identified_with_as_hex = ON;",
    }),
    layering: mysqlLayering({
        server: "mysqld",
        administrate: (lines) => administered("mysql", lines),
        lock: (condition) =>
            `UPDATE mysql.user SET account_locked = 'Y' WHERE user NOT IN ('mysql.sys', 'mysql.session', 'mysql.infoschema') AND ${condition};`,
        reset: "RESET BINARY LOGS AND GTIDS",
        forget: (user) => `ALTER USER ${user} DISCARD OLD PASSWORD;`,
    }),
    versionOf: (text) => /\d+(\.\d+)+/.exec(text)?.[0] ?? text,
    url: (login, at) => databaseUrl("mysql", login, at),
};
