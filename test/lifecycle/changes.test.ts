import assert from "node:assert/strict";
import { engineNamed } from "../../provider/engines";
import { type Change, type Compared, changes, portSuits, strongest } from "../../provider/lifecycle/changes";
import { difference } from "../../provider/lifecycle/diff";
import { approved, faultsOf } from "../support/checked";

type Args = Readonly<Record<string, unknown>>;

const postgres = engineNamed("postgres")!;

function changed(before: Args, after: Args): readonly Change[] {
    return changes(
        approved({ engine: "postgres", ...before }) as Compared,
        approved({ engine: "postgres", ...after }) as Compared,
        postgres,
    );
}

const word = (before: Args, after: Args) => strongest(changed(before, after));
const network = { networks: ["shop"] };
const steps = (...names: readonly string[]) => ({ seeds: names.map((name) => ({ name, sql: name })) });

describe("the word for a change", () => {
    const words: Readonly<Record<string, readonly [before: Args, after: Args, word: string | undefined]>> = {
        "a version of the same line": [{ engineVersion: "17" }, { engineVersion: "17.5" }, "recreate"],
        "a version of another line": [{ engineVersion: "17.5" }, { engineVersion: "18" }, "carry"],
        "an image without a version in its tag": [{}, { image: "postgis/postgis:latest" }, "recreate"],
        "an image of the same line": [{}, { image: "postgis/postgis:17-3.5" }, "recreate"],
        "an image of another line": [{}, { image: "postgis/postgis:16-3.5" }, "carry"],
        "an image of another line, by digest": [{}, { image: "postgis/postgis:16-3.5@sha256:0f" }, "carry"],
        "an image from a registry with a port": [{}, { image: "registry.example.com:5000/postgres" }, "recreate"],
        "an image taken away": [{ image: "postgis/postgis:17-3.5" }, {}, "recreate"],
        "a password given": [{}, { password: "x" }, "in place"],
        "a password no longer given, which stays": [{ password: "x" }, {}, undefined],
        "a port no longer asked for, which stays": [{ port: 5432 }, {}, undefined],
        "a port asked for that it has": [{ port: 5432 }, { port: { preferred: 5400 } }, undefined],
        "a port asked for that it has not": [{ port: 5432 }, { port: { preferred: 5433 } }, "recreate"],
        "a port asked for where none was": [{}, { port: 5432 }, "recreate"],
        "a limit given": [{}, { memory: "1g" }, "in place"],
        "a limit changed": [{ memory: "1g" }, { memory: "2g" }, "in place"],
        "a limit in other words": [{ memory: "1g" }, { memory: 1024 ** 3 }, undefined],
        "a limit taken away": [{ memory: "1g", cpus: 1 }, { cpus: 1 }, "recreate"],
        "a class in place of both limits": [{ memory: "1g", cpus: 1 }, { instanceClass: "db.t3.micro" }, "in place"],
        "both limits in place of a class": [{ instanceClass: "db.t3.micro" }, { memory: "1g", cpus: 1 }, "in place"],
        "one limit in place of a class": [{ instanceClass: "db.t3.micro" }, { memory: "1g" }, "recreate"],
        "a class taken away": [{ instanceClass: "db.t3.micro" }, {}, "recreate"],
        "networks left": [network, {}, "in place"],
        "a parameter in memory": [{ storage: "tmpfs" }, { storage: "tmpfs", parameters: { work_mem: "5MB" } }, "replace"],
        "a port in memory": [{ storage: "tmpfs", port: 5432 }, { storage: "tmpfs", port: 5433 }, "replace"],
        "a password in memory": [{ storage: "tmpfs" }, { storage: "tmpfs", password: "x" }, "in place"],
        "storage from memory": [{ storage: "tmpfs" }, { storage: "volume" }, "replace"],
        "storage into memory": [{}, { storage: "tmpfs" }, "carry"],
        "a version in memory": [{ storage: "tmpfs" }, { storage: "tmpfs", engineVersion: "18" }, "replace"],
        "steps added": [steps("a"), steps("a", "b", "c"), "in place"],
        "steps added where there were none": [{}, steps("a"), "in place"],
        "a step changed": [
            steps("a", "b"),
            {
                seeds: [
                    { name: "a", sql: "a" },
                    { name: "b", sql: "other" },
                ],
            },
            "replace",
        ],
        "steps reordered": [steps("a", "b"), steps("b", "a"), "replace"],
        "a step put between": [steps("a", "b"), steps("a", "c", "b"), "replace"],
        "a step taken away": [steps("a", "b"), steps("a"), "replace"],
        "a step in memory added": [{ storage: "tmpfs", ...steps("a") }, { storage: "tmpfs", ...steps("a", "b") }, "in place"],
        nothing: [{ tags: { a: "b" }, ...network }, { tags: { a: "b" }, ...network }, undefined],
    };
    for (const [name, [before, after, expected]] of Object.entries(words)) {
        it(`${name}: ${expected ?? "no change"}`, () => assert.equal(word(before, after), expected));
    }

    it("is the strongest of several", () => {
        assert.equal(word({}, { tags: { a: "b" }, parameters: { a: "b" } }), "restart");
        assert.equal(word({}, { parameters: { a: "b" }, environment: { A: "b" }, tags: { a: "b" } }), "recreate");
        assert.equal(word({}, { environment: { A: "b" }, storage: "volume" }), "carry");
        assert.equal(word({}, { storage: "volume", dbName: "shop" }), "replace");
    });

    it("says that data in memory is lost, and by what", () => {
        const [change] = changed({ storage: "tmpfs" }, { storage: "tmpfs", environment: { A: "b" } });
        assert.match(change!.why, /^environment needs a recreate, and storage is tmpfs: data lost$/);
    });

    it("says the names of the steps", () => {
        const why = (before: Args, after: Args) => changed(before, after)[0]?.why;
        assert.equal(why(steps("a"), steps("a", "b", "c")), "seeds (b, c will run)");
        assert.equal(why(steps("a", "b"), { seeds: [{ name: "a", sql: "other" }] }), "seeds (a changed, b is gone)");
        assert.equal(why(steps("a", "b"), steps("c", "a", "b")), "seeds (a moved, b moved)");
    });

    it("of MySQL is another where the series is another", () => {
        const mysql = engineNamed("mysql")!;
        const of = (engineVersion: string) => ({ ...approved({ engine: "mysql" }), engineVersion }) as Compared;
        assert.equal(strongest(changes(of("8.4"), of("8.4.3"), mysql)), "recreate");
        assert.equal(strongest(changes(of("8.4.3"), of("9.7"), mysql)), "carry");
    });
});

describe("a wish for a port", () => {
    it("is met by the port in its range", () => {
        assert.ok(portSuits({ preferred: 5432 }, 5432));
        assert.ok(portSuits({ preferred: 5432 }, 5532));
        assert.ok(!portSuits({ preferred: 5432 }, 5533));
        assert.ok(!portSuits({ preferred: 5432 }, 5431));
        assert.ok(portSuits(undefined, 1));
        assert.ok(!portSuits(5432, undefined));
    });
});

describe("a change that would lose data", () => {
    const refused = (before: Args, after: Args) =>
        faultsOf({ engine: "postgres", ...after }, approved({ engine: "postgres", ...before })).map(
            ({ property, reason }) => `${property}: ${reason}`,
        );

    it("is none where the data can be carried over", () => {
        const cases: readonly (readonly [before: Args, after: Args])[] = [
            [{}, { engineVersion: "18" }],
            [{}, { engineVersion: "18", image: "postgres:18" }],
            [{}, { storage: "volume" }],
            [{ storage: "volume" }, { storage: "volume", volumeName: "mine" }],
            [{ storage: "volume", volumeName: "mine" }, { storage: "volume" }],
        ];
        for (const [before, after] of cases) assert.deepEqual(refused(before, after), []);
    });

    it("is refused in preview where an older server would have to read the dump", () => {
        const older = /^engineVersion: is 15, and the data is of PostgreSQL 17, which an older server cannot read; nothing was changed/;
        assert.match(refused({}, { engineVersion: "15" }).join(), older);
        assert.match(refused({}, { engineVersion: "15", image: "postgres:15", storage: "volume" }).join(), older);
        assert.match(refused({ engineVersion: "18" }, {}).join(), /^engineVersion: is 17, and the data is of PostgreSQL 18/);
    });

    it("is refused in preview where the data would have to go into the volume that it is in", () => {
        const mine = { storage: "volume", volumeName: "mine" };
        assert.match(
            refused(mine, { ...mine, engineVersion: "18" }).join(),
            /^volumeName: mine holds the data, .* choose another volumeName/,
        );
        assert.deepEqual(refused(mine, { ...mine, volumeName: "other", engineVersion: "18" }), []);
    });

    it("is refused in preview where image and engineVersion say two things", () => {
        assert.deepEqual(refused({}, { image: "postgres:18" }), [
            "engineVersion: is 17, and the image postgres:18 is of 18: set engineVersion to 18, or choose another image",
        ]);
    });

    it("is none where an image's digest or id begins like another version", () => {
        const digest = `sha256:16f${"b".repeat(61)}`;
        for (const image of [digest, `postgres@${digest}`, `registry.example:5000/postgres@${digest}`, `postgres:17@${digest}`])
            assert.deepEqual(refused({ storage: "volume" }, { image }), [], image);
        assert.equal(refused({}, { image: `postgres:18@${digest}` }).length, 1);
    });

    it("is none of the licensed engines' either, but for an older version", () => {
        const args = { engine: "sqlserver", engineVersion: "2022", acceptLicense: true };
        const olds = approved(args);
        assert.deepEqual(faultsOf({ ...args, engineVersion: "2025", storage: "volume" }, olds), []);
        assert.match(faultsOf({ ...args, engineVersion: "2019" }, olds)[0]?.reason ?? "", /is 2019, and the data is of SQL Server 2022/);
    });

    it("is refused in preview, by argument and reason, where the engine's dump leaves the master user's data out", () => {
        const args = { engine: "oracle", acceptLicense: true };
        const failures = faultsOf({ ...args, storage: "volume" }, approved(args));
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["storage"],
        );
        assert.match(
            failures[0]!.reason,
            /carried over by dump and restore: username is system, and Data Pump leaves out .* another username .*; nothing was changed/,
        );
        assert.deepEqual(faultsOf({ ...args, username: "app", storage: "volume" }, approved({ ...args, username: "app" })), []);
        assert.deepEqual(faultsOf({ ...args, image: "mine/oracle:23" }, approved(args)), [], "another image keeps the data as it is");
    });

    it("is no such change where the instance starts empty anyhow", () => {
        const olds = approved({ engine: "postgres", engineVersion: "18" });
        assert.deepEqual(faultsOf({ engine: "postgres", identifier: "another" }, olds), []);
        assert.deepEqual(faultsOf({ engine: "mysql", storage: "volume" }, olds), []);
        assert.deepEqual(faultsOf({ engine: "postgres", dbName: "another" }, olds), []);
    });

    it("is refused under deletionProtection, whether that is taken back in the same step or not", () => {
        const olds = approved({ engine: "postgres", deletionProtection: true });
        for (const deletionProtection of [true, false]) {
            for (const change of [{ dbName: "another" }, { username: "another" }, { identifier: "another" }]) {
                const failures = faultsOf({ engine: "postgres", deletionProtection, ...change }, olds);
                assert.deepEqual(
                    failures.map(({ property }) => property),
                    Object.keys(change),
                );
                assert.match(failures[0]!.reason, /deletionProtection is on: set deletionProtection to false, run pulumi up, then change/);
            }
        }
        assert.equal(faultsOf({ engine: "mysql", deletionProtection: true }, olds)[0]!.property, "engine");
    });

    it("is refused under deletionProtection where a restart would empty the memory", () => {
        const olds = approved({ engine: "postgres", storage: "tmpfs", deletionProtection: true });
        const failures = faultsOf({ engine: "postgres", storage: "tmpfs", deletionProtection: true, parameters: { a: "b" } }, olds);
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["parameters"],
        );
    });

    it("passes once the protection was taken back by an up of its own", () => {
        const olds = approved({ engine: "postgres", deletionProtection: false });
        assert.deepEqual(faultsOf({ engine: "postgres", dbName: "another" }, olds), []);
    });
});

describe("diff", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const outputs = { ...approved({ engine: "postgres", tags: { a: "b" } }), port: 54_321, password: "generated" };

    it("says the strongest word and every argument that it is for", async () => {
        const said = await difference(outputs, approved({ engine: "postgres", environment: { A: "b" }, port: 5432, tags: {} }));
        assert.deepEqual(said, { changes: undefined, replaces: [], said: ["recreate: port, environment"] });
    });

    it("names what replaces", async () => {
        const said = await difference(outputs, approved({ engine: "postgres", dbName: "another", username: "another" }));
        assert.deepEqual(said, { changes: undefined, replaces: ["dbName", "username"], said: ["replace: dbName, username"] });
    });

    it("is silent while anything is unknown, and calls that a change", async () => {
        const known = approved({ engine: "postgres", tags: { a: "b" } });
        assert.deepEqual(await difference(outputs, { ...known, dbName: unknown }), { changes: true, replaces: [], said: [] });
        assert.deepEqual(await difference(outputs, { ...known, dbName: unknown, storage: "volume" }), {
            changes: undefined,
            replaces: [],
            said: [],
        });
    });

    it("tells a preview that a snapshot yet to be taken replaces, whatever else changes or is unknown", async () => {
        const known = approved({ engine: "postgres", tags: { a: "b" } });
        const said = {
            changes: undefined,
            replaces: ["snapshotIdentifier"],
            said: ["replace: snapshotIdentifier (its snapshot is yet to be taken)"],
        };
        const made = { ...outputs, snapshotIdentifier: "old" };
        for (const before of [made, outputs])
            for (const other of [{}, { tags: {} }, { parameters: { a: unknown } }])
                assert.deepEqual(await difference(before, { ...known, ...other, snapshotIdentifier: unknown }, true), said);
        const both = await difference(made, { ...known, dbName: "another", snapshotIdentifier: unknown }, true);
        assert.deepEqual(both.replaces, ["dbName", "snapshotIdentifier"]);
    });

    it("tells nobody else, for Pulumi would delete what depends on something that is deleted first", async () => {
        const known = approved({ engine: "postgres", tags: { a: "b" } });
        const before = { ...outputs, snapshotIdentifier: "old" };
        assert.deepEqual(await difference(before, { ...known, snapshotIdentifier: unknown }), { changes: true, replaces: [], said: [] });
    });

    it("compares with the port and password that were chosen, not with their absence", async () => {
        const same = { engine: "postgres", tags: { a: "c" }, port: 54_321, password: "generated" };
        assert.deepEqual((await difference(outputs, approved(same))).said, ["in place: tags"]);
    });
});
