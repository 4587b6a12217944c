import assert from "node:assert/strict";
import { isUnknown } from "../../provider/lifecycle/unknown";

const sentinel = "3eeb2bf0-c639-47a8-9e75-3b44932eb421";

describe("what is not known yet", () => {
    it("is a sentinel, wherever it is", () => {
        for (const value of [sentinel, [sentinel], { a: sentinel }, { a: [{ b: [1, sentinel] }] }]) assert.ok(isUnknown(value));
    });

    it("is nothing else", () => {
        for (const value of [undefined, null, 0, false, "", `${sentinel} `, "3eeb2bf0", [], {}, { [sentinel]: 1 }])
            assert.ok(!isUnknown(value));
    });
});
