import assert from "node:assert/strict";
import { engines } from "../../provider/engines";
import { randomPassword } from "../../provider/lifecycle/password";

describe("a generated password", () => {
    const passwords = Array.from({ length: 500 }, randomPassword);

    it("is a letter first, then letters of both cases and digits: 24", () => {
        for (const each of passwords) assert.match(each, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z][A-Za-z0-9]{23}$/);
    });

    it("is another each time", () => assert.equal(new Set(passwords).size, passwords.length));

    for (const engine of engines)
        it(`has no fault for ${engine.title}`, () => assert.deepEqual(engine.faults({ ...engine.defaults, password: passwords[0]! }), []));
});
