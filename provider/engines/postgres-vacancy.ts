import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Login } from "./engine";
import { attributes, spare, vacant } from "./postgres-account";
import { entryOf, isOnlyLeaf, keyOf } from "./postgres-index";
import { isAllVisible, isPage, itemsOf, pageSize, summed, withItems } from "./postgres-page";
import { dataOf, nameSize, oidSize, padded, takenBack, withoutColumn } from "./postgres-row";
import { shellWord, sqlLiteral } from "./text";

/**
 * The place of an account in a layer: a role that owns a database, both under names of ours, with a password that nothing hashes to. A first start writes the
 * user's names and verifier over them before there is a server, so that nobody logs in to make the account: such a session takes as long as the server itself
 * does to start. Rows keep their length and place; only indexes, which are in the order of names, are laid out anew.
 */

/** In single-user mode, one to a line; more may be said of the last. */
export const vacated = [
    `CREATE ROLE ${vacant.role} ${attributes} PASSWORD ${sqlLiteral(vacant.verifier)}`,
    `ALTER ROLE postgres PASSWORD ${sqlLiteral(vacant.verifier)}`,
    `CREATE DATABASE ${spare} OWNER ${vacant.role} CONNECTION LIMIT ${vacant.connections}`,
].map(shellWord);

/** The files, by the numbers and of the lengths that they have in every version. What counts is in the last page: an index's first one tells where others are. */
const files = {
    roles: { path: "global/1260", size: pageSize },
    roleNames: { path: "global/2676", size: 2 * pageSize },
    databases: { path: "global/1262", size: pageSize },
    databaseNames: { path: "global/2671", size: 2 * pageSize },
    owners: { path: "global/1214", size: pageSize },
} as const;

type Name = keyof typeof files;
const names = Object.keys(files) as readonly Name[];
const lastPage = (name: Name) => files[name].size / pageSize - 1;

export const vacancyPaths: readonly string[] = names.map((name) => files[name].path);

/** Writes over what is there: to take it away first hides each file of the layer with one more. */
export const unpacking = "tar -x --overwrite -f -";

/**
 * Shell, in the data directory of a server that does not run. Nothing where the image's own tar cannot do that: it is tried on a file that is there, from an
 * archive that is whole by then, since busybox's tar would else cut off what it is still to read.
 */
export const vacancyShown = `
if tar -c -f devdb.tar PG_VERSION && ${unpacking} <devdb.tar; then echo "vacancy $(cat ${vacancyPaths.join(" ")} | od -An -v -tx1 | tr -d ' \\n')"; fi
rm -f devdb.tar`;

/** What was shown, in few bytes; `undefined` where it would not be understood. */
export function shownVacancy(printed: string): string | undefined {
    const shown = Buffer.from(/^vacancy ([0-9a-f]+)$/m.exec(printed)?.[1] ?? "", "hex");
    const known = `vacancy ${deflateRawSync(shown).toString("base64")}`;
    try {
        return occupied(known, { username: "some", dbName: "some" }, vacant.verifier) ? known : undefined;
    } catch {
        return undefined;
    }
}

/** Whether a layer that says this has room for an account. */
export function isVacant(known: string | undefined): boolean {
    return known !== undefined && /^vacancy /m.test(known);
}

export interface DataFile {
    /** Below the data directory. */
    readonly path: string;
    readonly content: Buffer;
}

/** The layer's files with this account in them. `undefined` where they are not known, or are not understood. */
export function occupied(
    known: string,
    { username, dbName = username }: Omit<Login, "password">,
    verifier: string,
): readonly DataFile[] | undefined {
    const layer = filesOf(known);
    if (!layer || verifier.length !== vacant.verifier.length) return undefined;
    const pages = pagesOf(layer);
    const [bootstrap, role, database] = [
        rowOf(pages.roles, "postgres", vacant.verifier),
        rowOf(pages.roles, vacant.role, vacant.verifier),
        rowOf(pages.databases, spare, numberOf(vacant.connections)),
    ];
    const owner = role && database && ownerOf(pages.owners, database, role);
    if (!bootstrap || !role || !database || !owner) return undefined;
    const own = username === "postgres";
    write(own ? bootstrap : role, vacant.verifier, verifier);
    if (own) {
        takenBack(role);
        // After a database's name comes the number of its owner.
        dataOf(bootstrap).copy(dataOf(database), oidSize + nameSize, 0, oidSize);
    } else {
        withoutColumn(bootstrap, password);
        rename(role, username);
    }
    if (dbName === "postgres") takenBack(database);
    else {
        write(database, numberOf(vacant.connections), numberOf(-1));
        rename(database, dbName);
    }
    // Of what is the bootstrap role's nothing says so.
    if (own || dbName === "postgres") takenBack(owner);
    const changed = {
        ...pages,
        roleNames: own ? pages.roleNames : reordered(pages.roleNames, vacant.role, username),
        databaseNames: dbName === "postgres" ? pages.databaseNames : reordered(pages.databaseNames, spare, dbName),
    };
    return names.map((name) => ({
        path: files[name].path,
        content: Buffer.concat([layer[name].subarray(0, -pageSize), summed(changed[name], lastPage(name))]),
    }));
}

function filesOf(known: string): Readonly<Record<Name, Buffer>> | undefined {
    const packed = /^vacancy (\S+)$/m.exec(known)?.[1];
    if (packed === undefined) return undefined;
    const all = inflateRawSync(Buffer.from(packed, "base64"));
    let end = 0;
    const split = names.map((name) => {
        end += files[name].size;
        return [name, all.subarray(end - files[name].size, end)] as const;
    });
    if (all.length !== end) return undefined;
    // Where it is noted elsewhere that everybody sees all rows of a page, none of them can be taken back.
    const understood = split.every(([name, file]) => {
        const page = file.subarray(-pageSize);
        return isPage(page, lastPage(name)) && !isAllVisible(page) && (!isIndex(name) || isOnlyLeaf(page));
    });
    return understood ? (Object.fromEntries(split) as Record<Name, Buffer>) : undefined;
}

const isIndex = (name: Name) => lastPage(name) > 0;

function pagesOf(layer: Readonly<Record<Name, Buffer>>): Readonly<Record<Name, Buffer>> {
    return Object.fromEntries(names.map((name) => [name, layer[name].subarray(-pageSize)])) as Record<Name, Buffer>;
}

/** Counted from 0, of a role's columns. */
const password = 10;

/** The one row of that name and with those bytes in it: former versions of it may be in the page, too. */
function rowOf(page: Buffer, name: string, within: string | Buffer): Buffer | undefined {
    const [row, ...further] = itemsOf(page).filter(
        (each) =>
            dataOf(each)
                .subarray(oidSize, oidSize + nameSize)
                .equals(padded(name)) && each.includes(within),
    );
    return further.length === 0 ? row : undefined;
}

/** The row that says that a role owns a database: both by the numbers of their tables and their own, and none of the database that holds it or of a column. */
function ownerOf(page: Buffer, database: Buffer, role: Buffer): Buffer | undefined {
    const [all, databases, roles] = [0, 1262, 1260].map(numberOf) as [Buffer, Buffer, Buffer];
    const [object, owner] = [database, role].map((row) => dataOf(row).subarray(0, oidSize)) as [Buffer, Buffer];
    const begin = Buffer.concat([all, databases, object, all, roles, owner]);
    return itemsOf(page).find((row) => dataOf(row).subarray(0, begin.length).equals(begin));
}

function rename(row: Buffer, name: string): void {
    padded(name).copy(dataOf(row), oidSize);
}

/** In the place of as many bytes. */
function write(row: Buffer, from: string | Buffer, to: string | Buffer): void {
    Buffer.from(to).copy(row, row.indexOf(from));
}

function numberOf(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
}

/** An index of names, in which one is another, where that belongs in the order of their bytes. */
function reordered(page: Buffer, from: string, to: string): Buffer {
    const entries = itemsOf(page);
    const old = entries.findIndex((entry) => keyOf(entry).equals(Buffer.from(from)));
    const renamed = entries[old];
    if (!renamed) throw new RangeError(`${from} is not in the index`);
    entries[old] = entryOf(renamed, to);
    entries.sort((one, other) => Buffer.compare(keyOf(one), keyOf(other)));
    return withItems(page, entries);
}
