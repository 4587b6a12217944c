import assert from "node:assert/strict";
import { snapshotArguments } from "../../provider/lifecycle/snapshot-args";
import { checkSnapshot } from "../../provider/lifecycle/snapshot-check";
import { snapshotDifference, snapshotTable } from "../../provider/lifecycle/snapshot-diff";

type Properties = Readonly<Record<string, unknown>>;

const context = { name: "seeded", project: "shop", stack: "dev" };
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const base = { dbInstanceIdentifier: "shop-dev-orders" };

function checked(args: Properties, olds: Properties = {}) {
    const { inputs, failures } = checkSnapshot(olds, { ...args, __devdb: context });
    return { inputs: JSON.parse(JSON.stringify(inputs)) as Properties, failures };
}

function approved(args: Properties, olds: Properties = {}): Properties {
    const { inputs, failures } = checked(args, olds);
    assert.deepEqual(failures, []);
    return inputs;
}

/** What is in the state after it was taken. */
function taken(args: Properties): Properties {
    const inputs = approved(args);
    const reserved = { ...(inputs.__devdb as Properties), method: inputs.method, directory: inputs.directory };
    return JSON.parse(
        JSON.stringify({
            ...inputs,
            method: "logical",
            dbSnapshotIdentifier: inputs.dbSnapshotIdentifier ?? "shop-dev-seeded-01234567",
            directory: undefined,
            __devdb: reserved,
        }),
    ) as Properties;
}

describe("a snapshot's arguments", () => {
    const faults: readonly (readonly [args: Properties, property: string, reason: RegExp])[] = [
        [{}, "dbInstanceIdentifier", /is required/],
        [{ ...base, method: "image", directory: "a" }, "directory", /is where a dump goes, and method "image" writes none/],
        [{ ...base, method: "image", dbSnapshotIdentifier: "a".repeat(129) }, "dbSnapshotIdentifier", /at most 124 characters/],
        [{ ...base, method: "other" }, "method", /must be "logical", "image" or "auto"/],
        [{ ...base, dbSnapshotIdentifier: "Not-This" }, "dbSnapshotIdentifier", /must begin with a letter and hold lower-case/],
        [{ ...base, dbSnapshotIdentifier: "../up" }, "dbSnapshotIdentifier", /must begin with a letter/],
        [{ ...base, directry: "a" }, "directry", /is not an argument; did you mean directory\?/],
        [{ ...base, directory: "" }, "directory", /must be a directory/],
    ];
    for (const [args, property, reason] of faults) {
        it(`are refused: ${JSON.stringify(args)}`, () => {
            const { failures } = checked(args);
            assert.deepEqual(
                failures.map((failure) => failure.property),
                [property],
            );
            assert.match(failures[0]!.reason, reason);
        });
    }

    it("have defaults, of which none is a name", () => {
        const { __devdb, ...inputs } = approved(base);
        assert.deepEqual(inputs, { ...base, method: "auto", triggers: [], tags: {} });
    });

    it("may be unknown", () => assert.equal(approved({ dbInstanceIdentifier: unknown }).dbInstanceIdentifier, unknown));

    it("that take it anew need another name where one is given", () => {
        const olds = approved({ ...base, dbSnapshotIdentifier: "mine" });
        const { failures } = checked({ ...base, dbSnapshotIdentifier: "mine", triggers: [1] }, olds);
        assert.match(failures[0]!.reason, /must change together with triggers/);
        approved({ ...base, dbSnapshotIdentifier: "other", triggers: [1] }, olds);
        approved({ ...base, dbSnapshotIdentifier: "mine", tags: { a: "b" } }, olds);
    });
});

describe("a change of a snapshot", () => {
    const changes: Readonly<
        Record<string, readonly [before: Properties, after: Properties, replaces: readonly string[], changes: boolean]>
    > = {
        nothing: [base, base, [], false],
        "another source": [base, { dbInstanceIdentifier: "other" }, ["dbInstanceIdentifier"], true],
        "a source that is not known yet": [base, { dbInstanceIdentifier: unknown }, [], false],
        "other triggers": [{ ...base, triggers: ["1"] }, { ...base, triggers: ["2"] }, ["triggers"], true],
        "the same triggers": [{ ...base, triggers: [{ a: [1] }] }, { ...base, triggers: [{ a: [1] }] }, [], false],
        "triggers that are not known yet": [base, { ...base, triggers: [unknown] }, [], true],
        "auto, which was taken as logical": [{ ...base, method: "auto" }, base, [], false],
        "another method": [base, { ...base, method: "logical" }, ["method"], true],
        "another directory": [base, { ...base, directory: "a" }, ["directory"], true],
        "a directory no longer given": [{ ...base, directory: "a" }, base, ["directory"], true],
        "another name": [{ ...base, dbSnapshotIdentifier: "a" }, { ...base, dbSnapshotIdentifier: "b" }, ["dbSnapshotIdentifier"], true],
        "a name no longer given": [{ ...base, dbSnapshotIdentifier: "a" }, base, [], false],
        "other tags": [base, { ...base, tags: { a: "b" } }, [], true],
    };
    for (const [name, [before, after, replaces, changed]] of Object.entries(changes)) {
        it(`${name}: ${replaces.length > 0 ? "taken anew" : changed ? "in place" : "no change"}`, () => {
            const said = snapshotDifference(taken(before), approved(after));
            assert.deepEqual([said.replaces, said.changes], [replaces, changed]);
        });
    }

    it("that will be known in the up to come is told to a preview, and to nobody else", () => {
        const said = (after: Properties, preview: boolean) =>
            snapshotDifference(taken(base), approved({ ...base, ...after }), preview).said;
        assert.deepEqual(said({ triggers: [unknown] }, true), ["may be taken anew: triggers (not known yet)"]);
        assert.deepEqual(said({ triggers: [unknown] }, false), []);
        assert.deepEqual(said({ dbInstanceIdentifier: unknown }, true), []);
    });

    it("has a word for every argument", () => assert.deepEqual(Object.keys(snapshotTable).sort(), [...snapshotArguments].sort()));
});
