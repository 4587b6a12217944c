import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inTurn } from "../../provider/lifecycle/turns";

/** A start that lasts until the test ends it. */
function held(): { readonly start: () => Promise<void>; readonly end: () => void } {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
        end = resolve;
    });
    return { start: () => ended, end };
}

const never = (): AbortSignal => new AbortController().signal;

describe("starts on one daemon", () => {
    it("are no more at once than two for each of its cores, and all have their turn", async () => {
        let [now, most, done] = [0, 0, 0];
        const start = async () => {
            now += 1;
            most = Math.max(most, now);
            await sleep(2);
            now -= 1;
            done += 1;
        };
        await Promise.all(Array.from({ length: 20 }, () => inTurn({ id: "many", cpus: 2 }, never(), start)));
        assert.deepEqual([most, done, now], [4, 20, 0]);
    });

    it("do not wait for those on another", async () => {
        const { start, end } = held();
        const busy = [1, 2].map(() => inTurn({ id: "busy", cpus: 1 }, never(), start));
        assert.equal(await inTurn({ id: "idle", cpus: 1 }, never(), async () => "started"), "started");
        end();
        await Promise.all(busy);
    });

    it("give their turn up when they fail", async () => {
        for (let each = 0; each < 5; each += 1)
            await assert.rejects(
                inTurn({ id: "failing", cpus: 1 }, never(), () => Promise.reject(new Error("exited"))),
                /exited/,
            );
        assert.equal(await inTurn({ id: "failing", cpus: 1 }, never(), async () => "started"), "started");
    });

    it("that are interrupted while they wait never begin, and keep nobody waiting", async () => {
        const { start, end } = held();
        const interrupt = new AbortController();
        const busy = [1, 2].map(() => inTurn({ id: "interrupted", cpus: 1 }, never(), start));
        const waiting = inTurn({ id: "interrupted", cpus: 1 }, interrupt.signal, () => assert.fail("it began"));
        const after = inTurn({ id: "interrupted", cpus: 1 }, never(), async () => "started");
        interrupt.abort(new Error("interrupted"));
        await assert.rejects(waiting, /interrupted/);
        end();
        await Promise.all(busy);
        assert.equal(await after, "started");
    });
});
