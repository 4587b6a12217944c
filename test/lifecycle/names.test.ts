import assert from "node:assert/strict";
import { hostname } from "node:os";
import { labelsOf, type Marks } from "../../provider/lifecycle/labels";
import { exclusively, type Settling, settle } from "../../provider/lifecycle/names";
import { type FakeRuntime, fakeContainer, fakeRuntime, marks } from "../support/fake-runtime";
import { type OtherMaker, otherMaker } from "../support/maker";

const id = marks.identifier;
const dead = `${hostname()} 999999999 1`;
const elsewhere = "another-host 1 1";

const settling = (runtime: FakeRuntime, change: Partial<Settling> = {}): Settling => ({
    runtime,
    identifier: id,
    mine: ({ project, stack, name, origin }) => `${project} ${stack} ${name} ${origin}` === "shop dev orders 0a0b",
    origin: "0a0b",
    patience: 0.3,
    progress: () => undefined,
    signal: new AbortController().signal,
    ...change,
});

const stages = { current: id, fresh: `${id}.new`, retired: `${id}.old` };
type Stage = keyof typeof stages;
const at = (stage: Stage, change: Partial<Marks> = {}) => fakeContainer(stages[stage], { run: dead, ...change });
const volume = (name: string, change: Partial<Marks> = {}) => ({
    name,
    labels: labelsOf({ ...marks, role: "data", run: dead, ...change }),
});

describe("what a killed run left", () => {
    const cases: Readonly<Record<string, readonly [there: readonly Stage[], done: readonly string[], becomes: Stage | undefined]>> = {
        "nothing is nothing": [[], [], undefined],
        "a finished container stays": [["current"], [], "current"],
        "an unfinished one alone goes": [["fresh"], [`remove ${id}.new`], undefined],
        "an unfinished one beside a finished one goes": [["fresh", "current"], [`remove ${id}.new`], "current"],
        "a retired one beside a finished one goes": [["retired", "current"], [`remove ${id}.old`], "current"],
        "a retired one alone comes back": [["retired"], [`rename ${id}.old ${id}`], "retired"],
        "a retired one and its successor: the swap is finished": [
            ["retired", "fresh"],
            [`rename ${id}.new ${id}`, `remove ${id}.old`],
            "fresh",
        ],
        "all three: the finished one stays": [["current", "fresh", "retired"], [`remove ${id}.new`, `remove ${id}.old`], "current"],
    };
    for (const [name, [there, done, becomes]] of Object.entries(cases)) {
        it(`${name}, and a second look finds it settled`, async () => {
            const runtime = fakeRuntime(there.map((stage) => at(stage)));
            const found = await settle(settling(runtime));
            assert.deepEqual(runtime.done, done);
            assert.equal(found?.id, becomes && `id of ${stages[becomes]}`);
            assert.equal(found?.name, becomes && id);
            assert.deepEqual(await settle(settling(runtime)), found);
            assert.deepEqual(runtime.done, done);
        });
    }

    it("lets the instance go on that was halted, but not while a living run's snapshot of it is under way", async () => {
        const halted = at("current");
        const there = { ...halted, state: { ...halted.state, paused: true } };
        const helper = (run: string) => fakeContainer(`${id}.snapshot`, { role: "snapshot", run });
        for (const others of [[], [helper(dead)]]) {
            const runtime = fakeRuntime([there, ...others]);
            await settle(settling(runtime));
            assert.deepEqual(runtime.done, [`unpause ${id}`, ...others.map(({ name }) => `remove ${name}`)]);
        }
        const runtime = fakeRuntime([there, helper(elsewhere)]);
        await assert.rejects(
            settle(settling(runtime)),
            /a snapshot is still being taken by process 1 of another-host; wait for it, or end it/,
        );
        assert.deepEqual(runtime.done, []);
    });

    it("is this very process's too, after a failure of its own", async () => {
        const runtime = fakeRuntime([fakeContainer(stages.fresh)]);
        assert.equal(await settle(settling(runtime)), undefined);
        assert.deepEqual(runtime.done, [`remove ${id}.new`]);
    });
});

describe("somebody else's container", () => {
    const others: Readonly<Record<string, readonly [Partial<Marks>, RegExp]>> = {
        stack: [{ stack: "prod" }, /stack shop\/prod, resource orders, made 2026-01-01T10:00:00\.000Z/],
        "state back end": [{ origin: "0c" }, /stack shop\/dev, resource orders, of another state back end, made /],
        resource: [{ name: "users" }, /stack shop\/dev, resource users, made /],
    };
    for (const [what, [change, words]] of Object.entries(others)) {
        for (const stage of Object.keys(stages) as Stage[]) {
            it(`of another ${what} is refused and stays: ${stages[stage]}`, async () => {
                const runtime = fakeRuntime([at(stage, change)]);
                await assert.rejects(settle(settling(runtime)), (error: Error) => {
                    assert.match(error.message, words);
                    assert.match(
                        error.message,
                        new RegExp(`Give this instance another identifier, or remove .*docker rm -fv ${stages[stage]}$`),
                    );
                    return true;
                });
                assert.deepEqual(runtime.done, []);
            });
        }
    }

    it("without our labels is refused and stays", async () => {
        const runtime = fakeRuntime([fakeContainer(id, {}, {})]);
        await assert.rejects(settle(settling(runtime)), /it belongs to something other than this package/);
        assert.deepEqual(runtime.done, []);
    });

    it("under a name beside ours stays, and ours is found", async () => {
        const runtime = fakeRuntime([at("current"), at("retired", { stack: "prod" })]);
        assert.equal((await settle(settling(runtime)))?.name, id);
        assert.deepEqual(runtime.done, []);
    });
});

describe("a run that is still at it", () => {
    let maker: OtherMaker;

    beforeEach(async () => {
        maker = await otherMaker();
    });
    afterEach(() => maker.end());

    it("is waited for", async () => {
        const runtime = fakeRuntime([at("fresh", { run: maker.run })]);
        const said: string[] = [];
        const settled = settle(settling(runtime, { patience: 30, progress: (text) => said.push(text) }));
        setTimeout(() => void runtime.rename(stages.fresh, id), 300);
        assert.equal((await settled)?.name, id);
        assert.match(said.join(), /waiting for another run that is making shop-dev-orders/);
        assert.deepEqual(runtime.done, [`rename ${id}.new ${id}`]);
    });

    it("and dies is not waited for any longer", async () => {
        const runtime = fakeRuntime([at("fresh", { run: maker.run })]);
        setTimeout(() => void maker.end(), 300);
        assert.equal(await settle(settling(runtime, { patience: 30 })), undefined);
        assert.deepEqual(runtime.done, [`remove ${id}.new`]);
    });

    it("is named when patience ends, and nothing is touched", async () => {
        const runtime = fakeRuntime([at("fresh", { run: elsewhere })]);
        await assert.rejects(
            settle(settling(runtime)),
            /\.new is still being made by another host \(another-host\); wait for it, or remove it: docker rm -fv /,
        );
        assert.deepEqual(runtime.done, []);
    });

    it("is not waited for once the run that waits is interrupted", async () => {
        const runtime = fakeRuntime([at("fresh", { run: elsewhere })]);
        await assert.rejects(settle(settling(runtime, { patience: 60, signal: AbortSignal.timeout(100) })), { name: "AbortError" });
    });
});

describe("a volume that a killed run began to fill", () => {
    it("goes with its unfinished container, and no other does", async () => {
        const runtime = fakeRuntime(
            [at("fresh")],
            [
                volume(id),
                volume("mine", { role: "kept" }),
                volume("another instance's", { identifier: "another" }),
                volume("another run's", { run: elsewhere }),
                volume("an earlier instance's", { created: "2025-01-01T00:00:00.000Z" }),
            ],
        );
        await settle(settling(runtime));
        assert.deepEqual([...runtime.volumes.keys()], ["another instance's", "another run's", "an earlier instance's"]);
    });

    it("stays beside a finished container that mounts it", async () => {
        const current = { ...at("current"), mounts: [{ volume: id, path: "/var/lib/devdb" }] };
        const runtime = fakeRuntime([current, at("fresh")], [volume(id)]);
        await settle(settling(runtime));
        assert.deepEqual([...runtime.volumes.keys()], [id]);
    });

    it("goes where the instance's own container mounts another", async () => {
        const current = { ...at("current"), mounts: [{ volume: `${id}-2`, path: "/var/lib/devdb" }] };
        const other = { created: "2025-01-01T00:00:00.000Z" };
        const runtime = fakeRuntime([current], [volume(id), volume(`${id}-2`), volume("mine", { role: "kept" }), volume("other", other)]);
        await settle(settling(runtime));
        assert.deepEqual([...runtime.volumes.keys()], [`${id}-2`, "mine", "other"]);
    });
});

describe("two resources of one program with one identifier", () => {
    it("are refused while the first is at work, and not afterwards", async () => {
        let finish: (value: string) => void = () => undefined;
        const first = exclusively("daemon", "orders", () => new Promise<string>((resolve) => (finish = resolve)));
        await assert.rejects(
            exclusively("daemon", "orders", async () => "second"),
            /two resources of this program have the identifier orders/,
        );
        assert.equal(await exclusively("another daemon", "orders", async () => "elsewhere"), "elsewhere");
        finish("first");
        assert.equal(await first, "first");
        await assert.rejects(
            exclusively("daemon", "orders", async () => {
                throw new Error("failed");
            }),
            /failed/,
        );
        assert.equal(await exclusively("daemon", "orders", async () => "third"), "third");
    });
});
