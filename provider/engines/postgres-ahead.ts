import { sqlLiteral } from "./text";

/**
 * A file of a layer is copied whole when it is first opened for writing, and PostgreSQL opens every table and index so, even to read: half of the time of the
 * first session in a database goes there. So the files that such a session opens are opened before, beside the server that starts.
 */

/** What the first session in a database does: it logs in and asks for nothing of it, or it gives it its names and its account. */
export type First = "login" | "statements";

/** By the numbers of the files, as `initdb` makes them in every version: tables of all databases and their indexes, and those of each. */
interface Files {
    readonly shared: readonly string[];
    readonly own: readonly string[];
}

/** A session that asks for nothing of its database. */
const login: Files = {
    // pg_database by number, pg_db_role_setting, pg_subscription
    shared: ["2672", "2965", "6100"],
    own: [
        // pg_class, pg_attribute, pg_namespace by number, pg_index
        ...["1259", "2662", "1249", "2659", "2679", "2610"],
        // pg_am, pg_opclass, pg_amproc, pg_type
        ...["2601", "2616", "2687", "2603", "2655", "1247", "2703"],
    ],
};

/** And one that changes rows of the first. */
const statements: Files = {
    shared: [
        ...login.shared,
        // pg_database, pg_authid
        ...["1262", "2671", "1260", "1260_fsm", "1260_vm", "2676", "2677"],
        // pg_shdepend, pg_tablespace
        ...["1214", "1232", "1233", "1213", "2697"],
    ],
    own: [
        ...login.own,
        // pg_class by name, pg_index, pg_namespace
        ...["2663", "2678", "2615", "2684"],
        // pg_amop, pg_operator, pg_type by name, pg_proc
        ...["2602", "2653", "2654", "2617", "2688", "2689", "2704", "1255", "2690", "2691"],
        // pg_statistic, pg_statistic_ext
        ...["2619", "2696", "3379"],
    ],
};

const filesOf: Readonly<Record<First, Files>> = { login, statements };

const listed = (database: string) => `devdb.first.${database}`;

/** Shell, in the data directory of a server that does not run: reads what its single-user mode says to `query`, and lists the files for these databases. */
export function listing(databases: readonly string[], first: First): string {
    const { shared, own } = filesOf[first];
    return `
sed -n 's/.*"\\(${databases.join("\\|")}\\) \\([0-9]*\\)".*/\\1 \\2/p' | while read -r name oid; do
    for file in ${shared.map((file) => `global/${file}`).join(" ")} ${own.map((file) => `base/$oid/${file}`).join(" ")}; do
        [ ! -e "$file" ] || echo "$file"
    done >"${listed("$name")}"
done
${databases.map((database) => `[ -s ${listed(database)} ]`).join("\n")}`;
}

export const query = "SELECT datname || ' ' || oid FROM pg_database";

/** The list for the database of an instance that became a layer, whose name may be anything. */
export const ownList = "own";
export const ownQuery = (database: string) => `SELECT '${ownList} ' || oid FROM pg_database WHERE datname = ${sqlLiteral(database)}`;

/** Shell, in the data directory: opens what is listed and still there. */
export function opened(databases: readonly string[]): string {
    return databases
        .map((database) => {
            const list = listed(database);
            return `if [ -r ${list} ]; then while read -r file; do [ ! -e "$file" ] || : >>"$file"; done <${list}; fi`;
        })
        .join("\n");
}
