import type { Copy, Fault, Layering } from "./engine";
import { hasOwn, taken } from "./postgres-dump";
import { aside, ask, checkpoint, directly, name, renamer } from "./postgres-psql";
import { sqlLiteral } from "./text";

/** Roles and databases have numbers, by which all else knows them: on a layer they only change names. */
export const postgresLayering = {
    flush: {
        command: directly(...checkpoint),
        user: "postgres",
        stdin: "",
    },
    unfit: (database: string) =>
        ask(database, [
            "SELECT format('it would leave out the rows of unlogged %s in %I, which a server empties when it recovers', oid::regclass, current_database())",
            " FROM pg_class WHERE relpersistence = 'u' AND relkind IN ('r', 'm') AND pg_relation_size(oid) > 0 ORDER BY oid;",
            // Of one slot each change is had once.
            "SELECT format('a copy would take for itself what the subscription %I in %I is sent, which a dump has disabled', subname, current_database())",
            " FROM pg_subscription WHERE subenabled",
            " AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY oid;",
        ]),
    faults: ({ source, target }: Copy): readonly Fault[] => [
        ...(target.username !== source.account.username &&
        source.users.includes(target.username) &&
        (target.username !== "postgres" || source.users.includes(aside))
            ? [{ property: "username" as const, reason: taken("role", target.username, source.account.username) }]
            : []),
        ...(hasOwn(source) &&
        target.dbName !== source.account.dbName &&
        source.databases.some((database) => database.name === target.dbName)
            ? [{ property: "dbName" as const, reason: taken("database", target.dbName, source.account.dbName) }]
            : []),
    ],
    /**
     * Statements for the socket's `postgres`, who is there afterwards too. Nobody can rename the role that they are, so that another does it. Each runs only
     * where it is still to be done.
     */
    names: ({ source, target }: Copy): string => {
        const [from, to] = [source.account, target];
        const role = (text: string) => `EXISTS (SELECT FROM pg_roles WHERE rolname = ${sqlLiteral(text)})`;
        const database = (text = "") => `EXISTS (SELECT FROM pg_database WHERE datname = ${sqlLiteral(text)})`;
        const renamed = from.username !== to.username;
        const moved = hasOwn(source) && from.dbName !== to.dbName;
        const old = role(from.username);
        return [
            "SET client_min_messages = 'error'; SET standard_conforming_strings = on;",
            ...(renamed || moved
                ? [
                      ...only(`CREATE ROLE ${renamer} LOGIN SUPERUSER`, `NOT ${role(renamer)}`),
                      `\\connect template1 ${renamer}`,
                      "SET client_min_messages = 'error';",
                  ]
                : []),
            ...(renamed
                ? [
                      ...(to.username === "postgres"
                          ? only(`ALTER ROLE postgres RENAME TO ${aside}`, `${old} AND ${role("postgres")}`)
                          : []),
                      ...only(`ALTER ROLE ${name(from.username)} RENAME TO ${name(to.username)}`, old),
                      ...(from.username === "postgres"
                          ? [
                                ...only(`ALTER ROLE ${aside} RENAME TO postgres`, `${role(aside)} AND NOT ${role("postgres")}`),
                                ...only("CREATE ROLE postgres SUPERUSER", `NOT ${role("postgres")}`),
                                "ALTER ROLE postgres LOGIN;",
                            ]
                          : []),
                  ]
                : []),
            ...(moved && from.dbName !== undefined && to.dbName !== undefined
                ? [
                      // One of that name which is not in the snapshot's list is the server's own, and nobody has used it.
                      ...only(`DROP DATABASE ${name(to.dbName)} WITH (FORCE)`, `${database(from.dbName)} AND ${database(to.dbName)}`),
                      ...only(`ALTER DATABASE ${name(from.dbName)} RENAME TO ${name(to.dbName)}`, database(from.dbName)),
                      ...only("CREATE DATABASE postgres OWNER postgres", `NOT ${database("postgres")}`),
                  ]
                : []),
            ...(renamed || moved ? ["\\connect template1 postgres", "SET client_min_messages = 'error';", `DROP ROLE ${renamer};`] : []),
            `SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles WHERE rolcanlogin AND rolname NOT IN (${sqlLiteral(to.username)}, 'postgres')`,
            "\\gexec",
            ...only(
                `ALTER ROLE ${name(to.username)} VALID UNTIL 'infinity'`,
                `EXISTS (SELECT FROM pg_roles WHERE rolname = ${sqlLiteral(to.username)} AND rolvaliduntil < 'infinity')`,
            ),
            ...only(`ALTER ROLE ${name(to.username)} CONNECTION LIMIT -1`, role(to.username)),
        ].join("\n");
    },
} satisfies Pick<Layering, "flush" | "unfit" | "faults"> & { readonly names: (copy: Copy) => string };

function only(statement: string, condition: string): readonly string[] {
    return [`SELECT ${sqlLiteral(statement)} WHERE ${condition}`, "\\gexec"];
}
