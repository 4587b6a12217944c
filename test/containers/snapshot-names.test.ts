import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { leftOf } from "../support/daemon";
import { plain } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";

type Names = readonly [username: string, dbName: string];

if (plain) describe("the bootstrap role of PostgreSQL in a copy", names);

/** `postgres` is there in every server, cannot give its own objects away, and may be the master user of the source, of the copy, of both or of neither. */
function names(): void {
    const base = { engine: "postgres", engineVersion: "17", durability: "fast" };
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    const made: Driver[] = [];
    const up = async (args: Readonly<Record<string, unknown>>) => {
        const db = driver("names", { config: { snapshotDirectory: directory.path } });
        made.push(db);
        await db.up({ ...base, ...args });
        return db;
    };
    const standing = async (db: Driver) =>
        Object.fromEntries(
            (await ask(
                db.text("connectionString"),
                `SELECT 'table', relowner::regrole::text FROM pg_class WHERE relname = 'mine'
                 UNION ALL SELECT 'granted', grantee::regrole::text FROM pg_class, aclexplode(relacl) WHERE relname = 'theirs' AND grantee <> relowner
                 UNION ALL SELECT 'definer', proowner::regrole::text FROM pg_proc WHERE proname = 'defined'
                 UNION ALL SELECT 'extension', extowner::regrole::text FROM pg_extension WHERE extname = 'pg_trgm'
                 UNION ALL SELECT 'large', lomowner::regrole::text FROM pg_largeobject_metadata
                 UNION ALL SELECT 'member', member::regrole::text FROM pg_auth_members WHERE roleid = 'bob'::regrole
                 UNION ALL SELECT 'database', datdba::regrole::text FROM pg_database WHERE datname = current_database()
                 UNION ALL SELECT 'another', datdba::regrole::text FROM pg_database WHERE datname = 'another'
                 UNION ALL SELECT 'policy', polroles[1]::regrole::text FROM pg_policy
                 UNION ALL SELECT 'user', current_user`,
            )) as [string, string][],
        );
    const owned = (username: string) => {
        const kinds = ["table", "granted", "definer", "extension", "large", "member", "database", "another", "policy", "user"];
        return Object.fromEntries(kinds.map((kind) => [kind, username]));
    };
    const seed = async (db: Driver) => {
        const master = db.text("username");
        const url = db.text("connectionString");
        await ask(
            url,
            `CREATE ROLE bob; GRANT bob TO ${master}; CREATE TABLE mine (a int); CREATE TABLE theirs (a int); ALTER TABLE theirs OWNER TO bob; GRANT SELECT ON theirs TO ${master};
             CREATE FUNCTION defined() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text'; CREATE EXTENSION pg_trgm; SELECT lo_create(0);
             ALTER TABLE mine ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON mine TO ${master}`,
        );
        await ask(url, "CREATE DATABASE another");
    };

    before(async () => {
        directory = await ownDirectory();
    });
    afterEach(async () => {
        for (const db of made.splice(0)) if (db.exists) await db.destroy();
    });
    after(async () => {
        await directory.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-names`), []);
    });

    const sources: readonly Names[] = [
        ["postgres", "postgres"],
        ["app", "orders"],
    ];
    const targets: readonly Names[] = [
        ["postgres", "postgres"],
        ["postgres", "shop"],
        ["other", "shop"],
        ["other", "postgres"],
    ];
    for (const [username, dbName] of sources) {
        it(`gives everything of ${username} to the copy's master user`, async function () {
            this.timeout(240_000);
            const source = await up({ username, dbName });
            await seed(source);
            const taken = snapshotDriver(directory.path);
            await taken.up({ dbInstanceIdentifier: source.text("identifier") });
            for (const target of targets) {
                const copy = await up({ username: target[0], dbName: target[1], snapshotIdentifier: taken.id });
                assert.deepEqual(await standing(copy), owned(target[0]), `as ${target.join(", ")}`);
                const url = copy.text("connectionString");
                assert.deepEqual(await ask(url, "SELECT count(*)::int FROM pg_roles WHERE rolname ~ 'devdb_restore'"), [[0]]);
                assert.deepEqual(await ask(url, "SELECT count(*)::int FROM pg_database WHERE datname = 'postgres'"), [[1]]);
                await copy.destroy();
            }
            await taken.destroy();
        });
    }

    it("is set aside where its name is the copy's master user's: that copy can be made anew, and copied again", async function () {
        this.timeout(240_000);
        const source = await up({ username: "app", dbName: "orders" });
        await seed(source);
        const [first, second] = [snapshotDriver(directory.path), snapshotDriver(directory.path)];
        await first.up({ dbInstanceIdentifier: source.text("identifier") });
        const args = { username: "postgres", dbName: "postgres", snapshotIdentifier: first.id };
        const copy = await up(args);
        assert.deepEqual(await ask(copy.text("connectionString"), "SELECT rolname FROM pg_roles WHERE oid = 10"), [["devdb_bootstrap"]]);
        await copy.up({ ...base, ...args, environment: { SOME: "thing" }, password: "another one" });
        assert.deepEqual(await standing(copy), owned("postgres"));
        await second.up({ dbInstanceIdentifier: copy.text("identifier") });
        for (const [username, dbName] of targets) {
            const again = await up({ username, dbName, snapshotIdentifier: second.id });
            assert.deepEqual(await standing(again), owned(username), `as ${username}, ${dbName}`);
            await again.destroy();
        }
        await first.destroy();
        await second.destroy();
    });
}
