import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { conversation, meanwhile } from "../../provider/lifecycle/dialogue";

describe("a conversation with a server at its first start", () => {
    const text = Promise.resolve("statements");
    const came = async (event: Promise<unknown>) => Promise.race([event.then(() => true), sleep(20, false)]);

    it("says nothing before the server is up, and ends with its last words", async () => {
        const { stdin, up, answered, heard, ended, begun } = conversation(text, { up: /is up/, said: /is made/ });
        begun();
        assert.equal(heard("is starting"), false);
        assert.deepEqual([await came(stdin), await came(up)], [false, false]);
        assert.equal(heard("is starting, is up"), false);
        assert.equal(await stdin, "statements");
        assert.deepEqual([await came(up), await came(answered)], [true, false]);
        assert.equal(heard("is up, is made"), true);
        ended();
        assert.equal(await came(answered), true);
    });

    it("speaks after a while to a server that writes its log elsewhere, and takes nothing for granted by it", async () => {
        const { stdin, up, begun } = conversation(text, { up: /is up/, said: /is made/ });
        assert.equal(await came(stdin), false);
        begun();
        assert.equal(await stdin, "statements");
        assert.equal(await came(up), false);
    });

    it("speaks at once where nothing is waited for, and waits for nobody who has gone", async () => {
        const { stdin, up, answered, ended } = conversation(text, { said: /is made/ });
        assert.equal(await stdin, "statements");
        ended();
        await Promise.all([up, answered]);
    });

    it("begins what has time until the end only while it has", async () => {
        const begun: string[] = [];
        const early = meanwhile(Promise.resolve(), async () => void begun.push("early"));
        await sleep(1);
        assert.equal(await early.end(), true);
        const { up, ended } = conversation(text, { said: /is made/ });
        const late = meanwhile(up, async () => void begun.push("late"));
        assert.equal(await late.end(), false);
        ended();
        await up;
        assert.deepEqual(begun, ["early"]);
    });
});
