import assert from "node:assert/strict";
import { inputsFrom, isArgument, schemaOf } from "../../provider/lifecycle/args";
import { approved } from "../support/checked";

describe("memory", () => {
    const gib = 1024 ** 3;
    const amounts: Readonly<Record<string, number>> = {
        "512m": 512 * 1024 ** 2,
        "512M": 512 * 1024 ** 2,
        "2g": 2 * gib,
        "2 GiB": 2 * gib,
        "1.5gb": 1.5 * gib,
        " 1 t ": 1024 * gib,
        "300k": 300 * 1024,
        "1048576": 1024 ** 2,
        "7b": 7,
    };
    for (const [text, amount] of Object.entries(amounts))
        it(`takes ${JSON.stringify(text)}`, () => assert.equal(schemaOf("memory").parse(text), amount));

    it("takes a number as bytes", () => assert.equal(schemaOf("memory").parse(gib), gib));

    for (const wrong of ["", "much", "1.5.1g", "-1g", "1gg", "1e9", "0x10", 1.5, 0, -1, Number.NaN])
        it(`refuses ${JSON.stringify(wrong)}`, () => assert.ok(!schemaOf("memory").safeParse(wrong).success));
});

describe("inputs from a state", () => {
    it("are what check approved, once more", () => {
        const inputs = approved({ engine: "postgres", memory: "1g", parameters: { a: 1 }, runtime: "docker", port: { preferred: 5432 } });
        const { __devdb, ...plain } = inputs;
        assert.deepEqual(inputsFrom(inputs), plain);
    });

    it("leave aside what is no argument", () => {
        const outputs = { ...approved({ engine: "postgres" }), endpoint: "127.0.0.1:5432", containerId: "0f", volumeName: null };
        assert.ok(!("endpoint" in inputsFrom(outputs)));
    });

    it("know arguments from what every object has", () => {
        assert.ok(isArgument("engine"));
        for (const property of ["constructor", "toString", "__proto__", "__devdb"]) assert.ok(!isArgument(property));
    });
});
