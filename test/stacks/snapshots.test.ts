import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { ask } from "../support/ask";
import { docker, type Standing, standing } from "../support/docker";
import { type Program, project, type Run, type Stack } from "../support/stack";

const base = { engine: "postgres", engineVersion: "17", durability: "fast" } as const;

interface Round {
    /** Taken anew where it is another. */
    readonly round: number;
    readonly dbName?: string;
    readonly protect?: boolean;
}

describe("a snapshot in a program", () => {
    const shop = project();
    const names = ["source", "copy", "kept", "mixed"] as const;
    type Name = (typeof names)[number];
    const program =
        ({ round, dbName = "first", protect = false }: Round): Program =>
        ({ devdb, pulumi }) => {
            const source = new devdb.Instance("source", {
                ...base,
                dbName,
                skipFinalSnapshot: false,
                seeds: [{ name: "rows", sql: "CREATE TABLE kept AS SELECT 1 AS number" }],
            });
            const saved = new devdb.Snapshot("saved", { dbInstanceIdentifier: source.id, method: "image", triggers: [round] }, { protect });
            const archive = new devdb.Snapshot(
                "archive",
                { dbInstanceIdentifier: source.id, method: "logical", triggers: [source.createdAt] },
                { retainOnDelete: true },
            );
            const snapshotIdentifier = saved.id;
            new devdb.Instance("copy", { ...base, snapshotIdentifier });
            new devdb.Instance("kept", { ...base, snapshotIdentifier }, { ignoreChanges: ["snapshotIdentifier"] });
            // Depends on the source beside the snapshot, for Pulumi by the property itself.
            new devdb.Instance("mixed", { ...base, snapshotIdentifier: pulumi.all([saved.id, source.id]).apply(([id]) => id) });
            return { saved: saved.id, archive: archive.id };
        };
    /** Another stack's program, which knows the snapshot by a reference. */
    const borrowing: Program = ({ devdb, pulumi }) => {
        const reference = new pulumi.StackReference(`organization/${shop.name}/dev`);
        new devdb.Instance("clone", { ...base, snapshotIdentifier: reference.requireOutput("saved") });
    };
    const standings = async () => {
        const pairs = await Promise.all(names.map(async (name) => [name, await standing(`${shop.name}-dev-${name}`)] as const));
        return Object.fromEntries(pairs) as Readonly<Record<Name, Standing>>;
    };
    const query = async (stack: Stack, name: string, sql: string) => ask(await stack.output(name, "connectionString"), sql);
    const rows = (stack: Stack, name: string) => query(stack, name, "SELECT number FROM kept ORDER BY number");
    const urnOf = (name: string) => `urn:pulumi:dev::${shop.name}::pulumi-nodejs:dynamic/devdb:Snapshot::${name}`;
    const images = async () => (await docker("image", "ls", "--filter", `label=devdb.project=${shop.name}`, "--quiet")).split("\n");
    const isImage = (id: string) =>
        docker("image", "inspect", `devdb/snapshot:${id}`).then(
            () => true,
            () => false,
        );
    let dev: Stack;
    let other: Stack;

    before(async function () {
        this.timeout(120_000);
        [dev, other] = [await shop.stack("dev"), await shop.stack("other")];
        await dev.up(program({ round: 1 }));
    });

    it("makes an instance in another stack, which has its id by a reference", async () => {
        await other.up(borrowing);
        assert.deepEqual(await rows(other, "clone"), [[1]]);
    });

    describe("that is taken anew", () => {
        let [preview, up, borrowed]: Run[] = [];
        let [old, previewed, now]: (Readonly<Record<Name, Standing>> | undefined)[] = [];
        let id: string;

        before(async function () {
            this.timeout(120_000);
            await query(dev, "source", "INSERT INTO kept VALUES (2)");
            for (const name of ["copy", "kept"]) await query(dev, name, "INSERT INTO kept VALUES (10)");
            [old, id] = [await standings(), (await dev.find("saved"))!.id];
            preview = await dev.preview(program({ round: 2 }));
            previewed = await standings();
            up = await dev.up(program({ round: 2 }));
            now = await standings();
            borrowed = await other.preview(borrowing);
        });

        it("replaces what is made from it, as preview says", async () => {
            assert.deepEqual(preview?.said("saved"), ["taken anew: triggers"]);
            assert.deepEqual(preview?.said("copy"), ["replace: snapshotIdentifier (its snapshot is yet to be taken)"]);
            assert.ok(preview?.steps("copy").includes("replace"), preview?.text);
            assert.deepEqual(previewed, old);
            assert.deepEqual(up?.said("copy"), ["replace: snapshotIdentifier"]);
            assert.deepEqual(up?.steps("copy"), preview?.steps("copy"));
            assert.notEqual(now?.copy.id, old?.copy.id);
            assert.deepEqual(await rows(dev, "copy"), [[1], [2]]);
        });

        it("keeps what ignores that, with its rows", async () => {
            assert.deepEqual([preview?.steps("kept"), preview?.said("kept")], [["same"], []]);
            assert.deepEqual(now?.kept, old?.kept);
            assert.deepEqual(await rows(dev, "kept"), [[1], [10]]);
        });

        it("goes once the new one is there", async () => {
            const saved = await dev.find("saved");
            assert.deepEqual([await isImage(id), await isImage(saved!.id)], [false, true]);
        });

        it("is a replacement in the other stack too", () => {
            assert.deepEqual(borrowed?.said("clone"), ["replace: snapshotIdentifier"]);
        });
    });

    it("deleteBeforeReplace: true is refused with the reason", async () => {
        const { text } = await other.fails("preview", ({ devdb }) => {
            new devdb.Snapshot("saved", { dbInstanceIdentifier: "any" }, { deleteBeforeReplace: true });
        });
        assert.match(text, /saved: deleteBeforeReplace cannot be true, for a snapshot that is taken anew must not cost the one there is/);
    });

    describe("whose source is replaced and then deleted", () => {
        let [up, refused, destroyed]: Run[] = [];
        let [old, now]: (Readonly<Record<Name, Standing>> | undefined)[] = [];
        let archives: readonly string[];
        let after: readonly (readonly (readonly unknown[])[])[];
        let fresh: readonly (readonly unknown[])[];
        let ids: Readonly<Record<"saved" | "final" | "last", string>>;
        let stood: boolean;

        before(async function () {
            this.timeout(180_000);
            old = await standings();
            const [saved, final] = [(await dev.find("saved"))!.id, await dev.output("source", "finalSnapshotIdentifier")];
            const archived = await dev.output("archive", "path");
            // With its preview, after which nothing may be left in what the up asks.
            up = await dev.up(program({ round: 2, dbName: "second", protect: true }), { flags: ["--skip-preview=false"] });
            now = await standings();
            fresh = await rows(dev, "source");
            refused = await dev.fails("up", program({ round: 3, dbName: "second", protect: true }));
            stood = await isImage(saved);
            archives = [archived, await dev.output("archive", "path")];
            ids = { saved, final, last: await dev.output("source", "finalSnapshotIdentifier") };
            await dev.cli("state", "unprotect", urnOf("saved"), "--yes");
            destroyed = await dev.destroy();
            const kept = { old: basename(dirname(archived)), final, last: ids.last };
            await other.up(({ devdb }) => {
                for (const [name, snapshotIdentifier] of Object.entries(kept)) new devdb.Instance(name, { ...base, snapshotIdentifier });
            });
            after = await Promise.all(Object.keys(kept).map((name) => rows(other, name)));
        });

        it("stays, with all that is made from it, where Pulumi deletes first what depends on the source", () => {
            assert.ok(up?.steps("source").includes("replace"), up?.text);
            assert.notEqual(now?.source.id, old?.source.id);
            for (const name of ["copy", "kept", "mixed"] as const) assert.deepEqual(now?.[name], old?.[name], name);
            assert.ok(stood);
        });

        it("may be taken anew, says preview, where its triggers come from there", () => {
            // The preview's own events are gone by then.
            assert.match(up?.text ?? "", /Snapshot archive +(update .*)?may be taken anew: triggers \(not known yet\)/);
            assert.deepEqual(up?.said("archive"), ["taken anew: triggers"]);
        });

        it("is not replaced under protect", () => {
            assert.match(refused?.text ?? "", /unable to replace resource .*::saved"\s+as it is currently marked for protection/);
        });

        it("goes in destroy; under retainOnDelete each one stays and makes another instance", async () => {
            assert.equal(await isImage(ids.saved), false);
            assert.deepEqual(archives.map(existsSync), [true, true]);
            assert.deepEqual(after[0], [[1]]);
            assert.deepEqual(await images(), [""], "what the clone stood on went with it");
        });

        it("leaves a final snapshot of the source where that is replaced, which starts without its rows", () => {
            assert.match(up?.said("source").join() ?? "", new RegExp(`final snapshot ${ids.final}: /.*${ids.final}`));
            assert.deepEqual(fresh, [[1]]);
            assert.deepEqual(after[1], [[1], [2]]);
        });

        it("leaves another in destroy, which prints where it is", () => {
            const path = new RegExp(`final snapshot ${ids.last}: (/\\S+)`).exec(destroyed?.text ?? "")?.[1];
            assert.ok(path && existsSync(path), destroyed?.text);
            assert.deepEqual(after[2], [[1]]);
        });
    });
});
