import assert from "node:assert/strict";
import { argumentNames } from "../../provider/lifecycle/args";
import { approved, faultsOf } from "../support/checked";

type Properties = Readonly<Record<string, unknown>>;

const given = (inputs: Properties) => (inputs.__devdb as { readonly given: readonly string[] }).given;

describe("a default", () => {
    it("is filled in for whatever the program does not name", () => {
        const { __devdb, ...inputs } = approved({ engine: "postgres" });
        assert.deepEqual(inputs, {
            engine: "postgres",
            engineVersion: "17",
            identifier: "shop-dev-db",
            dbName: "postgres",
            username: "postgres",
            publiclyAccessible: false,
            parameters: {},
            environment: {},
            durability: "durable",
            storage: "container",
            networks: [],
            aliases: [],
            tags: {},
            deletionProtection: false,
            skipFinalSnapshot: true,
            priming: true,
            seeds: [],
            startupTimeout: 60,
            acceptLicense: false,
        });
        assert.deepEqual(given(approved({ engine: "postgres" })), ["engine"]);
    });

    it("is never a secret, a port, or a limit", () => {
        const inputs = approved({ engine: "mysql" });
        for (const argument of ["password", "port", "memory", "cpus", "instanceClass", "image", "volumeName", "runtime", "dbName"])
            assert.ok(!(argument in inputs), argument);
        assert.equal(inputs.username, "root");
    });

    it("that was chosen once stays, whatever a newer package would choose", () => {
        const olds = { ...approved({ engine: "postgres" }), engineVersion: "16", startupTimeout: 45, storage: "volume", username: "app" };
        const inputs = approved({ engine: "postgres" }, olds);
        for (const [argument, value] of Object.entries({ engineVersion: "16", startupTimeout: 45, storage: "volume", username: "app" }))
            assert.equal(inputs[argument], value);
    });

    it("that was chosen once stays under another name, stack and project", () => {
        const olds = approved({ engine: "postgres" });
        assert.equal(approved({ engine: "postgres" }, olds, { name: "orders", stack: "prod", project: "store" }).identifier, "shop-dev-db");
    });

    it("gives way to what the program names later", () => {
        const olds = approved({ engine: "postgres" });
        assert.equal(approved({ engine: "postgres", identifier: "orders" }, olds).identifier, "orders");
    });

    it("takes the place of what the program named before, and no longer does", () => {
        const named = { identifier: "orders", dbName: "orders", startupTimeout: 5, tags: { team: "shop" }, port: 5432, memory: "1g" };
        const inputs = approved({ engine: "postgres" }, approved({ engine: "postgres", ...named }));
        assert.deepEqual(
            Object.keys(named).map((argument) => inputs[argument]),
            ["shop-dev-db", "postgres", 60, {}, undefined, undefined],
        );
    });

    it("counts null as not named", () => {
        const inputs = approved({ engine: "postgres", dbName: null, port: null });
        assert.equal(inputs.dbName, "postgres");
        assert.deepEqual(given(inputs), ["engine"]);
    });

    it("is the new engine's where the engine changes, and what has nothing to do with the engine stays", () => {
        const olds = { ...approved({ engine: "postgres" }), engineVersion: "16", identifier: "as-chosen" };
        const inputs = approved({ engine: "mysql" }, olds);
        assert.deepEqual(
            ["engineVersion", "username", "dbName", "startupTimeout", "identifier"].map((argument) => inputs[argument]),
            ["9.7", "root", undefined, 120, "as-chosen"],
        );
    });

    it("of a run before goes into the next as it is, through any number of runs", () => {
        const first = approved({ engine: "postgres", tags: { a: "b" } });
        assert.deepEqual(
            approved({ engine: "postgres", tags: { a: "b" } }, approved({ engine: "postgres", tags: { a: "b" } }, first)),
            first,
        );
    });
});

/** https://github.com/pulumi/pulumi/blob/master/pkg/resource/plugin/rpc.go: what stands for a text, a number, an array, an object that is not known yet. */
const sentinels = {
    text: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};

describe("a value that is not known yet", () => {
    for (const argument of argumentNames) {
        it(`passes through check: ${argument}`, () => {
            for (const sentinel of Object.values(sentinels)) {
                const args = { engine: "postgres", storage: "volume", networks: ["shop"], [argument]: sentinel };
                assert.equal(approved(args)[argument], sentinel);
                assert.equal(approved(args, approved({ engine: "postgres", storage: "volume" }))[argument], sentinel);
            }
        });
    }

    it("passes through from within", () => {
        const deep = {
            parameters: { work_mem: sentinels.text },
            environment: { LEVEL: sentinels.number },
            tags: { team: sentinels.text },
            networks: [sentinels.text],
            aliases: [sentinels.text],
            port: { preferred: sentinels.number },
            runtime: { kind: "docker", host: sentinels.text },
        };
        const inputs = approved({ engine: "postgres", ...deep });
        for (const [argument, value] of Object.entries(deep)) assert.deepEqual(inputs[argument], value);
    });

    it("takes no fault from the others", () => {
        assert.deepEqual(
            faultsOf({ engine: "postgres", dbName: sentinels.text, port: "many" }).map(({ property }) => property),
            ["port"],
        );
    });

    it("is no change, so that nothing is refused for it", () => {
        const olds = approved({ engine: "postgres", deletionProtection: true });
        for (const argument of argumentNames)
            assert.deepEqual(faultsOf({ engine: "postgres", deletionProtection: true, [argument]: sentinels.text }, olds), [], argument);
    });

    it("keeps what depends on the engine out of it, where that is the engine", () => {
        const inputs = approved({ engine: sentinels.text });
        for (const argument of ["engineVersion", "username", "dbName", "startupTimeout"]) assert.ok(!(argument in inputs));
        const olds = { ...approved({ engine: "postgres" }), engineVersion: "16" };
        assert.equal(approved({ engine: sentinels.text }, olds).engineVersion, "16");
    });
});
