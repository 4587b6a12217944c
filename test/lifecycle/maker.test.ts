import assert from "node:assert/strict";
import { hostname } from "node:os";
import { makerState, thisRun } from "../../provider/lifecycle/maker";
import { otherMaker } from "../support/maker";

describe("the maker of a container", () => {
    it("is alive in its own eyes", () => assert.equal(makerState(thisRun()), "alive"));

    it("is the same for as long as it lives", () => assert.equal(thisRun(), thisRun()));

    it("is alive in another's eyes, and dead once it has ended", async () => {
        const maker = await otherMaker();
        assert.equal(makerState(maker.run), "alive");
        await maker.end();
        assert.equal(makerState(maker.run), "dead");
    });

    it("is dead where another process has its number", () => {
        const [host, pid] = thisRun().split(" ");
        assert.equal(makerState(`${host} ${pid} 1`), "dead");
    });

    it("is dead where nobody has its number", () => assert.equal(makerState(`${hostname()} 999999999 1`), "dead"));

    it("is elsewhere on another host, and where nothing is known of it", () => {
        assert.equal(makerState("another-host 1 1"), "elsewhere");
        assert.equal(makerState(""), "elsewhere");
    });
});
