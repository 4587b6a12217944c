import type { Copy, Rewrite } from "./engine";
import { isForeign, withoutGone } from "./mysql-brought";
import { quotedName } from "./text";

/** What a dump says of the source's master user and database, which are the target's in a copy: in the accounts' statements, and in the lines of the dump. */

export const name = (text: string) => quotedName(text, ["`", "`"]);

export function databaseOf({ source, target }: Copy, database: string): string {
    return database === source.account.dbName ? (target.dbName ?? database) : database;
}

const quoted = "`(?:[^`]|``)*`";
const account = `${quoted}@${quoted}`;
/** A view in one line; most come in three. MariaDB's tool, up to 11.4.5 at least, writes it so in a database that has a `"` in its name. */
const wholeView = /^\/\*!50001 CREATE ALGORITHM=\w+ (?=DEFINER=)/;

/** The accounts before there are tables, and what they may do once there are: a grant on one table needs it. */
export function accountStatements(copy: Copy, text: string): Readonly<Record<"users" | "grants" | "logins", readonly string[]>> {
    const { source, target } = copy;
    const [from, to] = [source.account.username, target.username].map((user) => `${name(user)}@${name("%")}`) as [string, string];
    const users: string[] = [];
    const grants: string[] = [];
    const logins: string[] = [];
    const defaults: string[] = [];
    for (const line of text.split("\n").filter((each) => each !== "")) {
        const [, user, rest = ""] = new RegExp(`^CREATE USER (${account})(.*)$`).exec(line) ?? [];
        if (user === from) continue;
        if (user !== undefined) {
            const roles = new RegExp(` DEFAULT ROLE (${account}(?:,${account})*)`);
            const chosen = roles.exec(rest)?.[1];
            users.push(`CREATE USER ${user}${rest.replace(roles, "")};`);
            users.push(`ALTER USER ${user} ACCOUNT LOCK;`);
            // In quotes are hashes, comments and certificates.
            if (!/ ACCOUNT LOCK\b/.test(rest.replace(/'(?:[^'\\]|\\.|'')*'/g, ""))) logins.push(`ALTER USER ${user} ACCOUNT UNLOCK;`);
            if (chosen !== undefined) defaults.push(`SET DEFAULT ROLE ${chosen} TO ${user};`);
        } else if (line.startsWith("CREATE ROLE ")) users.push(`${line};`);
        else if (line.startsWith("SET DEFAULT ROLE ")) defaults.push(`${line.replaceAll(from, to)};`);
        // The master user may do everything as it is, and has a password of its own.
        else if (!(line.startsWith("GRANT ") && line.includes(` ON *.* TO ${from}`)))
            grants.push(`${onDatabase(copy, line).replaceAll(from, to)};`);
    }
    return { users, grants: [...grants, ...defaults], logins };
}

/** A grant on a whole database names it by a pattern, in which `_` and `%` stand for others unless they are escaped. */
function onDatabase(copy: Copy, grant: string): string {
    return grant.replace(
        new RegExp(`( ON (?:[A-Z ]+ )?)(${quoted})(\\.)(\\*|\`)`),
        (all, on: string, database: string, dot: string, next: string) => {
            const plain = database.slice(1, -1).replaceAll("``", "`");
            const meant = next === "*" ? plain.replace(/\\([_%\\])/g, "$1") : plain;
            const now = databaseOf(copy, meant);
            if (now === meant) return all;
            return `${on}${name(next === "*" ? now.replace(/[_%\\]/g, "\\$&") : now)}${dot}${next}`;
        },
    );
}

/** Whether a dump is right as it was written: whoever and whatever it names keeps its name, and its views look into no other database. */
export function staysAsItIs(copy: Copy): boolean {
    const { source, target } = copy;
    if (source.settings.brought !== undefined || source.account.username !== target.username) return false;
    return source.databases.length === 1 && source.databases.every((each) => databaseOf(copy, each.name) === each.name);
}

/**
 * The tool writes rows one statement a line, so that what is at the beginning of a line is its own. Programs and views of the master user become the
 * target's; views wait until the tables of all databases are there, since they may look into any.
 */
export function rewrite(copy: Copy): Rewrite {
    const { source, target } = copy;
    const [from, to] = [source.account.username, target.username].map((user) => bytes(`DEFINER=${name(user)}@${name("%")}`)) as [
        string,
        string,
    ];
    const program = /^(?:\/\*!\d+ )?CREATE(?: OR REPLACE)?(?:\*\/)? (?:\/\*!\d+ )?(?=DEFINER=)/;
    const brought = source.settings.brought !== undefined;
    // Whoever the definers of a dump from elsewhere are, they are not here.
    const anybody = /DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*`/y;
    const renamed = (line: string, at: number) => {
        anybody.lastIndex = at;
        const definer = brought ? anybody.exec(line)?.[0] : from;
        return definer !== undefined && line.startsWith(definer, at) ? line.slice(0, at) + to + line.slice(at + definer.length) : line;
    };
    let inPurged = false;
    /** In a program's text, which may look like anything; where one begins, it is the tool's. */
    let place: "rows" | "statement" | "text" = "rows";
    let view: "none" | "perhaps" | "yes" = "none";
    let held = "";
    return (line) => {
        if (place !== "rows") {
            if (line === "DELIMITER ;\n") place = "rows";
            else {
                const text =
                    place === "statement" ? databaseLine(copy, renamed(line, program.exec(line)?.[0].length ?? line.length)) : line;
                place = line.endsWith(";;\n") ? "statement" : "text";
                return { text, when: "now" };
            }
        } else if (line === "DELIMITER ;;\n") place = "statement";
        else if (brought && (inPurged || line.startsWith("SET @@GLOBAL.GTID_PURGED"))) {
            inPurged = !/;\r?\n?$/.test(line);
            return { text: "\n", when: "now" };
        } else if (brought && isForeign(line)) return { text: "\n", when: "now" };
        if (line.startsWith("/*!50001 DROP VIEW IF EXISTS ")) {
            const text = view === "perhaps" ? held : "";
            view = "perhaps";
            held = line;
            return { text, when: "now" };
        }
        if (view === "perhaps") {
            const final = line.startsWith("/*!50001 CREATE ALGORITHM=");
            held += final ? renamed(line, wholeView.exec(line)?.[0].length ?? line.length) : line;
            if (!final && !/CREATE (VIEW|TABLE)/.test(line) && held.length < 100_000) return { text: "", when: "now" };
            const text = held;
            held = "";
            view = final ? "yes" : "none";
            return { text, when: final ? "later" : "now" };
        }
        if (view === "yes" && /^\/\*!500(01|02|13) /.test(line)) {
            const prefix = "/*!50013 ";
            return { text: line.startsWith(prefix) ? renamed(line, prefix.length) : line, when: "later" };
        }
        view = "none";
        // Newer tools begin a line for each row, and there may be millions.
        if (line.startsWith("INSERT ")) return { text: line, when: "now", through: ";\n" };
        return {
            text: tableLine(copy, databaseLine(copy, brought && source.version.startsWith("5.") ? withoutGone(line) : line)),
            when: "now",
        };
    };
}

/**
 * A view names the tables of its own database with it, or not, as the server likes. Whatever is quoted in it is a name, for the server has written it: three
 * in a row begin with a database; two do after FROM or JOIN, and where a function is called; else they are a table and its column.
 */
export function viewsIn(copy: Copy, text: string): string {
    const [from, to] = movedDatabase(copy);
    if (from === to) return text;
    const names = new RegExp(`'(?:[^'\\\\]|\\\\.|'')*'|(${quoted})\\.(${quoted}(?:\\.${quoted})?)(\\(?)`, "g");
    const moved = (line: string) =>
        line.replace(names, (all, database: string | undefined, rest: string, call: string, at: number) => {
            if (database !== from) return all;
            const table = /(?:from|join) \(*$/i.test(line.slice(Math.max(0, at - 200), at));
            return table || call !== "" || rest.includes("`.`") ? `${to}.${rest}${call}` : all;
        });
    return text
        .split("\n")
        .map((line) => (line.startsWith("/*!50001 VIEW ") || wholeView.test(line) ? moved(line) : line))
        .join("\n");
}

/** Around a program that was made under another collation than the database has by now. */
function databaseLine(copy: Copy, line: string): string {
    const [from = "", to = ""] = movedDatabase(copy).map(bytes);
    const beginning = `ALTER DATABASE ${from} `;
    return line.startsWith(beginning) ? `ALTER DATABASE ${to} ${line.slice(beginning.length)}` : line;
}

/** In a table's definition: a foreign key into the master database, or a sequence of it. */
function tableLine(copy: Copy, line: string): string {
    const [from = "", to = ""] = movedDatabase(copy).map(bytes);
    if (from === to || !line.startsWith("  ")) return line;
    const key = line.startsWith("  CONSTRAINT ") ? / FOREIGN KEY \([^)]*\) REFERENCES / : / DEFAULT (?:nextval|lastval)\(/;
    const at = key.exec(line);
    const end = at ? at.index + at[0].length : -1;
    return end > 0 && line.startsWith(`${from}.`, end) ? line.slice(0, end) + to + line.slice(end + from.length) : line;
}

/** A line is given as one character for each byte. */
function bytes(text: string): string {
    return Buffer.from(text, "utf8").toString("latin1");
}

function movedDatabase({ source, target }: Copy): readonly [from: string, to: string] {
    const from = source.account.dbName ?? "";
    return [name(from), name(from === "" ? "" : (target.dbName ?? from))];
}
