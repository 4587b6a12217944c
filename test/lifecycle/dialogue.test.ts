import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { conversation } from "../../provider/lifecycle/dialogue";

describe("a conversation with a server at its first start", () => {
    const text = Promise.resolve("statements");
    const came = async (event: Promise<unknown>) => Promise.race([event.then(() => true), sleep(20, false)]);

    it("says nothing before the server is up, and ends with its last words", async () => {
        const { stdin, answered, heard, ended, begun } = conversation(text, { up: /is up/, said: /is made/ });
        begun();
        assert.equal(heard("is starting"), false);
        assert.equal(await came(stdin), false);
        assert.equal(heard("is starting, is up"), false);
        assert.equal(await stdin, "statements");
        assert.equal(await came(answered), false);
        assert.equal(heard("is up, is made"), true);
        ended();
        assert.equal(await came(answered), true);
    });

    it("speaks after a while to a server that writes its log elsewhere", async () => {
        const { stdin, begun } = conversation(text, { up: /is up/, said: /is made/ });
        assert.equal(await came(stdin), false);
        begun();
        assert.equal(await stdin, "statements");
    });

    it("speaks at once where nothing is waited for, and waits for nobody who has gone", async () => {
        const { stdin, answered, ended } = conversation(text, { said: /is made/ });
        assert.equal(await stdin, "statements");
        ended();
        await answered;
    });
});
