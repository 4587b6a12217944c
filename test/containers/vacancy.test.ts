import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { daemon } from "../support/daemon";
import { derivedImage, removeImage } from "../support/derived";
import { docker } from "../support/docker";
import { plain, type Subject, subjects } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { plainImage } from "../support/plain-image";

for (const subject of subjects.filter(({ family }) => family === "postgres"))
    describe(`the account that ${subject.title} finds in its files`, () => occupies(subject));
if (plain) describe("a layer of PostgreSQL whose files are not understood", () => unknown());

const url = (db: Driver) => db.text("connectionString");

/** Whether the bootstrap role has a password, the other roles, the databases with their owners, and who is said to own anything. */
const catalogue = `SELECT (SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'postgres'),
    ARRAY(SELECT concat_ws(' ', rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin, rolinherit, rolconnlimit,
        rolvaliduntil, starts_with(rolpassword, 'SCRAM-SHA-256$4096:'), oid >= 16384)
        FROM pg_authid WHERE oid >= 12000),
    ARRAY(SELECT concat_ws(' ', datname, pg_get_userbyid(datdba), datconnlimit, datallowconn, oid >= 16384) FROM pg_database ORDER BY datname),
    ARRAY(SELECT concat_ws(' ', pg_describe_object(classid, objid, objsubid), pg_get_userbyid(refobjid), deptype)
        FROM pg_shdepend WHERE objid >= 12000)`;

const indexes = [
    "pg_authid_rolname",
    "pg_authid_oid",
    "pg_database_datname",
    "pg_database_oid",
    "pg_shdepend_depender",
    "pg_shdepend_reference",
];

function occupies(subject: Subject): void {
    const accounts = [
        { username: "app", dbName: "orders" },
        { username: "app", dbName: "postgres" },
        { username: "postgres", dbName: "orders" },
        { username: "postgres", dbName: "postgres" },
        // On either side of all names there are, as the server orders them, and as long as one may be.
        { username: `~ it's "${"é".repeat(27)}`, dbName: "!" },
    ];

    // Older lines differ in the columns of what is written: one account is in all of the files, the other one takes its place back in all of them.
    for (const { username, dbName } of accounts.slice(subject === plain ? 0 : -2))
        it(`is as if the server had made it: ${username} in ${dbName}`, async () => {
            const args = { ...subject.args, username, dbName, durability: "fast" };
            const [primed, plainly] = [driver("vacancy"), driver("vacancy")];
            try {
                await Promise.all([primed.up(args), plainly.up({ ...args, priming: false })]);
                const [asked, other] = await Promise.all([primed, plainly].map((db) => ask(url(db), catalogue)));
                assert.deepEqual(asked, other);
                await ask(url(primed), "CREATE EXTENSION amcheck");
                // Also that each row of the table is where its index has it.
                for (const index of indexes) await ask(url(primed), `SELECT bt_index_check('${index}_index', true)`);
                await lived(primed, username);
            } finally {
                for (const db of [primed, plainly]) if (db.exists) await db.destroy();
            }
        });
}

/** Everything that a server does with the rows and pages: names that were ours, renaming, dropping, a vacuum, a full one, and a restart after a crash. */
async function lived(db: Driver, username: string): Promise<void> {
    const statements = [
        ...[
            "CREATE ROLE devdb_vacant LOGIN",
            "CREATE DATABASE devdb_spare OWNER devdb_vacant",
            "ALTER DATABASE devdb_spare RENAME TO renamed",
        ],
        ...["ALTER ROLE devdb_vacant RENAME TO another", "DROP DATABASE renamed", "DROP ROLE another"],
        ...["pg_authid", "pg_database", "pg_shdepend"].flatMap((table) => [`VACUUM ${table}`, `VACUUM FULL ${table}`]),
    ];
    for (const statement of statements) await ask(url(db), statement);
    const before = await ask(url(db), catalogue);
    await docker("kill", db.text("identifier"));
    await docker("start", db.text("identifier"));
    const answer = async (): Promise<readonly (readonly unknown[])[]> =>
        ask(url(db), catalogue).catch(() => new Promise((resolve) => setTimeout(resolve, 100)).then(answer));
    assert.deepEqual(await answer(), before);
    for (const index of indexes) await ask(url(db), `SELECT bt_index_check('${index}_index', true)`);
    // Not by the socket's trust, and without a word from the server that something is odd.
    const log = await docker("logs", db.text("identifier"));
    assert.doesNotMatch(log, /ERROR|WARNING|PANIC|corrupt|invalid page/);
    assert.deepEqual(await ask(url(db), "SELECT current_user::text"), [[username]]);
}

function unknown(): void {
    const tag = `devdb-test/vacancy:${stack}`;
    const [first, next] = [driver("vacancy"), driver("vacancy")];
    const args = { engine: "postgres", image: tag, username: "app", dbName: "orders", durability: "fast" };

    after(async () => {
        for (const db of [first, next]) if (db.exists) await db.destroy();
        await removeImage(tag);
    });

    it("has the account made by the server", async () => {
        await derivedImage(tag, await plainImage(), "LABEL vacancy=unknown");
        await first.up(args);
        const { Image } = await daemon.getContainer(first.text("identifier")).inspect();
        const [layer = ""] = (await daemon.getImage(Image).inspect()).RepoTags;
        await derivedImage(layer, layer, "LABEL devdb.known=''");
        await next.up(args);
        assert.deepEqual(await ask(url(next), catalogue), await ask(url(first), catalogue));
    });
}
