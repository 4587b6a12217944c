import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { check } from "../../provider/lifecycle/check";
import { difference } from "../../provider/lifecycle/diff";
import { ownDirectory } from "../support/snapshot";
import { storedSnapshot } from "../support/stored";

type Properties = Readonly<Record<string, unknown>>;

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("an instance from a snapshot", () => {
    let directory: string;
    let remove: () => Promise<void>;
    before(async () => {
        ({ path: directory, remove } = await ownDirectory());
        await storedSnapshot(directory);
        await storedSnapshot(directory, { id: "renamed", username: "later", dbName: "later", users: ["later"] });
    });
    after(() => remove());
    const checked = (args: Properties, olds: Properties = {}) => {
        const context = { name: "copy", project: "shop", stack: "dev", config: { snapshotDirectory: directory } };
        const { inputs, failures } = check(olds, { engine: "postgres", ...args, __devdb: context });
        return { inputs: JSON.parse(JSON.stringify(inputs)) as Properties, failures };
    };
    const names = ({ inputs, failures }: ReturnType<typeof checked>) => {
        assert.deepEqual(failures, []);
        return [inputs.username, inputs.dbName];
    };

    it("has the source's names by default, and its own where it names them", () => {
        assert.deepEqual(names(checked({ snapshotIdentifier: "stored" })), ["app", "orders"]);
        assert.deepEqual(names(checked({ snapshotIdentifier: "stored", username: "else", dbName: "shop" })), ["else", "shop"]);
    });

    it("does not know its names while the snapshot is not known", () => {
        assert.deepEqual(names(checked({ snapshotIdentifier: unknown })), [unknown, unknown]);
        assert.deepEqual(names(checked({ snapshotIdentifier: unknown, username: "a", dbName: "b" })), ["a", "b"]);
    });

    it("keeps its names while the next snapshot is not known, and has that one's afterwards", () => {
        const { inputs } = checked({ snapshotIdentifier: "stored" });
        assert.deepEqual(names(checked({ snapshotIdentifier: unknown }, inputs)), ["app", "orders"]);
        assert.deepEqual(names(checked({ snapshotIdentifier: "renamed" }, inputs)), ["later", "later"]);
    });

    it("is not asked again for a snapshot that went after it was made", () => {
        const olds = { ...checked({ snapshotIdentifier: "stored" }).inputs, snapshotIdentifier: "gone" };
        assert.deepEqual(names(checked({ snapshotIdentifier: "gone" }, olds)), ["app", "orders"]);
    });

    it("is replaced by another snapshot", async () => {
        const before = { ...checked({ snapshotIdentifier: "stored" }).inputs, port: 1, password: "a" };
        const said = await difference(before, checked({ snapshotIdentifier: "renamed", username: "app", dbName: "orders" }).inputs);
        assert.deepEqual(said.replaces, ["snapshotIdentifier"]);
    });

    it("is not replaced by another snapshot under deletionProtection", () => {
        const olds = checked({ snapshotIdentifier: "stored", deletionProtection: true }).inputs;
        const { failures } = checked({ snapshotIdentifier: "renamed", username: "app", dbName: "orders" }, olds);
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["snapshotIdentifier"],
        );
        assert.match(
            failures[0]!.reason,
            /replaces the instance, and deletionProtection is on: set deletionProtection to false, run pulumi up/,
        );
    });

    const refused: readonly (readonly [why: string, args: Properties, property: string, reason: RegExp])[] = [
        [
            "there is none",
            { snapshotIdentifier: "none" },
            "snapshotIdentifier",
            /there is no snapshot none in \S+; give the id of a Snapshot or the path of its manifest/,
        ],
        [
            "it is of another engine",
            { engine: "mysql", snapshotIdentifier: "stored" },
            "engine",
            /is mysql, and the snapshot stored is of postgres/,
        ],
        [
            "the server is older",
            { engineVersion: "16", snapshotIdentifier: "stored" },
            "engineVersion",
            /is 16, and the snapshot stored is of PostgreSQL 17\.5, which an older server cannot read: set it to 17 or newer/,
        ],
        [
            "another user has the name",
            { username: "bob", snapshotIdentifier: "stored" },
            "username",
            /cannot be bob: the snapshot has a role of that name besides app/,
        ],
        [
            "another database has the name",
            { dbName: "other", snapshotIdentifier: "stored" },
            "dbName",
            /cannot be other: the snapshot has a database of that name besides orders/,
        ],
        [
            "no final snapshot can be taken",
            { engine: "oracle", acceptLicense: true, skipFinalSnapshot: false },
            "skipFinalSnapshot",
            /must be true: username is system, and Data Pump leaves out/,
        ],
    ];
    for (const [why, args, property, reason] of refused) {
        it(`is refused in preview where ${why}`, () => {
            const { failures } = checked(args);
            assert.deepEqual(
                failures.map((failure) => failure.property),
                [property],
            );
            assert.match(failures[0]!.reason, reason);
        });
    }

    it("takes a newer server, and one that is older within its major version", () => {
        for (const engineVersion of ["18", "17", "17.1"])
            assert.deepEqual(checked({ engineVersion, snapshotIdentifier: "stored" }).failures, []);
    });

    it("is refused where the manifest is of a newer format, or no manifest", async () => {
        const path = `${directory}/other.json`;
        await writeFile(path, '{"format": 7}');
        assert.match(
            checked({ snapshotIdentifier: path }).failures[0]!.reason,
            /has format 7, and this version of pulumi-devdb reads up to 1/,
        );
        await writeFile(path, "nothing");
        assert.match(checked({ snapshotIdentifier: path }).failures[0]!.reason, /is not a snapshot's manifest/);
    });
});
