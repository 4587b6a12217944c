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

const parameterFile = "/etc/mysql/mariadb.conf.d/zz-devdb.cnf";

/** Left to itself it makes a key of 4096 bits at every start. What `parameters` says of keys goes before; the shell reads it itself, as a program would take longer. */
const ownKey = `
own=yes
while read -r line; do case $line in ssl*) own= ;; esac; done <${parameterFile}
[ -z "$own" ] || set -- "$@" --ssl-cert=${data.directory}/server-cert.pem --ssl-key=${data.directory}/server-key.pem`;

/** Tables that a server opens as it starts, in that order. */
const tablesOfTheStart = [
    ...["plugin", "servers", "db", "proxies_priv", "roles_mapping", "global_priv", "time_zone*"],
    ...["tables_priv", "columns_priv", "procs_priv", "func", "event"],
];

/** Their log comes before them. */
const openedAtStart = ["aria_log*", ...tablesOfTheStart.map((table) => `mysql/${table}.MA[DI]`)].join(" ");

/** Outside of a volume, on overlay, the server reads its log through the page cache, and as much of it as its buffer holds, though nothing is in it. */
const readLog = `
        while read -r device at further; do [ "$at" != ${data.mount} ] || exit; done </proc/mounts
        dd if=ib_logfile0 of=/dev/null bs=1M count=16`;

const zoneTables = ["time_zone", "time_zone_leap_second", "time_zone_name", "time_zone_transition", "time_zone_transition_type"];

/** Statements that say of each of them whether its changes go into Aria's log. */
const zonesLogged = (logged: 0 | 1) => zoneTables.map((table) => `    echo "ALTER TABLE ${table} TRANSACTIONAL = ${logged};"`).join("\n");

/**
 * Makes the data directory, leaves no user but root@localhost, whom only the socket lets in, and loads the time zones: past the log, which would grow by up to
 * 17 MB that each instance copies.
 */
const initialise = `
mariadb-install-db --datadir="$1" --auth-root-authentication-method=socket --skip-test-db --skip-name-resolve >/dev/null
{
    echo "USE mysql;"
    echo "DELETE FROM global_priv WHERE NOT (User = 'mariadb.sys' OR (User = 'root' AND Host = 'localhost'));"
    echo "DELETE FROM proxies_priv WHERE NOT (User = 'root' AND Host = 'localhost');"
${zonesLogged(0)}
    mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null
${zonesLogged(1)}
} | mariadbd --bootstrap --datadir="$1" --skip-log-bin
rm -f "$1"/auto.cnf "$1"/*.pem
printf '[client]\\nuser = root\\nprotocol = socket\\n' >"$1/../client.cnf"
${trim(openedAtStart)}`;

/** From 11.4 the client refuses a server that has no certificate, as one without TLS has none, unless it is told not to ask. */
const unverified = "--skip-ssl-verify-server-cert";

/** A role has no host and no statement that shows it; PUBLIC is there always. */
const shownAccount = [
    "CASE WHEN user = 'PUBLIC' THEN 'SHOW GRANTS FOR PUBLIC;'",
    "WHEN is_role = 'Y' THEN CONCAT('SELECT ', QUOTE(CONCAT('CREATE ROLE `', REPLACE(user, '`', '``'), '`')), '; SHOW GRANTS FOR `', REPLACE(user, '`', '``'), '`;')",
    "ELSE CONCAT('SHOW CREATE USER ', QUOTE(user), '@', QUOTE(host), '; SHOW GRANTS FOR ', QUOTE(user), '@', QUOTE(host), ';') END",
].join(" ");

/** The official `mariadb` image: MySQL's account, under names of its own. From 11.0 it has no programs called mysql. */
export const mariadb: Engine = {
    family: "mariadb",
    title: "MariaDB",
    names: ["mariadb"],
    versions: { lines: ["11.8", "11.4", "10.11"], default: "11.8", major: (version) => version.split(".").slice(0, 2).join(".") },
    image: {
        repository: "mariadb",
        tag: (version) => version,
        build: { context: "mariadb", suites: { "11.8": "trixie", "10.11": "bookworm" } },
    },
    port: 3306,
    defaults: { username: "root" },
    startupSeconds: 90,
    stop: { seconds: 60 },
    data: {
        ...data,
        marker: "data/aria_log_control",
        written: {
            files: ["data/mariadb_upgrade_info", "data/mysql_upgrade_info"],
            version: (content) => /^\d+(\.\d+)+/.exec(content)?.[0],
        },
    },
    memoryFloor: 128 * 1024 ** 2,
    faults: (login) => nameFaults(login, 128),
    ownsVariable: (name) => /^(MARIADB|MYSQL)_(?!(INITDB_SKIP_TZINFO|AUTO_UPGRADE|DISABLE_UPGRADE_BACKUP)$)/.test(name),
    fast: { innodb_flush_log_at_trx_commit: "0", sync_binlog: "0", innodb_doublewrite: "OFF" },
    parameters: (settings) => ({
        path: parameterFile,
        content: optionFile("mariadbd", settings),
        mode: 0o644,
        uid: 0,
        gid: 0,
    }),
    container: (start) => {
        const [bootstrap, client] = bootstrapFiles(start);
        return {
            environment: { MARIADB_ROOT_PASSWORD_FILE: bootstrap.path, MARIADB_ROOT_HOST: "localhost" },
            command: ["mariadbd", `--datadir=${data.directory}`],
            files: [bootstrap, client],
        };
    },
    priming: {
        version: 5,
        entrypoint: "docker-entrypoint.sh",
        initDirectory: "/docker-entrypoint-initdb.d",
        prepare,
        initialise: { command: ["sh", "-ec", initialise, "initialise", data.directory], user: "mysql", stdin: "" },
        unfit: unfitForPriming,
        keys: ["certificate"],
        start: (start, login) =>
            directPlan({ program: "mariadbd", administrator: "account of the system", options: ownKey, read: readLog }, start, login),
    },
    client: { driver: "mysql2", sql: "SELECT 1, VERSION()", refusal },
    innerLogin: (login) => innerLogin("mariadb", login, unverified),
    account: (login) => account("mariadb", login, unverified),
    seeding: (login) => seeding("mariadb", login, unverified),
    dump: mysqlDump({
        kind: "mariadb",
        client: "mariadb",
        dump: "mariadb-dump",
        options: [unverified],
        dumpOptions: ["--dump-history"],
        shown: shownAccount,
        showing: "",
        comment: "schema_comment",
    }),
    layering: mysqlLayering({
        server: "mariadbd",
        administrate: (lines) => administered("mariadb", lines, unverified),
        lock: (condition) =>
            `UPDATE mysql.global_priv SET priv = JSON_MERGE_PATCH(priv, '{"account_locked": true}') WHERE user <> 'healthcheck' AND ${condition};`,
        reset: "RESET MASTER",
    }),
    versionOf: (text) => /\d+(\.\d+)+/.exec(text)?.[0] ?? text,
    url: (login, at) => databaseUrl("mysql", login, at),
};
