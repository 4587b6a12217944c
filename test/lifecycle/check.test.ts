import assert from "node:assert/strict";
import { check } from "../../provider/lifecycle/check";
import { faultsOf } from "../support/checked";

type Args = Readonly<Record<string, unknown>>;

const postgres = { engine: "postgres" };

/** Arguments with one fault each: where it is reported, and what is said. */
const faulty: Readonly<Record<string, readonly [args: Args, property: string, reason: RegExp]>> = {
    "no engine": [{}, "engine", /^is required: one of postgres, mysql, mariadb, /],
    "an engine that is null": [{ engine: null }, "engine", /^is required/],
    "an engine that is not here": [
        { engine: "postgress" },
        "engine",
        /^postgress is not an engine here; did you mean postgres\?; there are /,
    ],
    "an engine like no other": [{ engine: "cassandra" }, "engine", /^cassandra is not an engine here; there are /],
    "an engine in capitals": [{ engine: "MySQL" }, "engine", /did you mean mysql\?/],
    "an engine of the wrong type": [{ engine: 5 }, "engine", /expected string, received number/],
    "a line that is not here": [
        { ...postgres, engineVersion: "9.6" },
        "engineVersion",
        /^9\.6 is not among PostgreSQL's lines here: 18, 17, /,
    ],
    "another engine's line": [{ engine: "mysql", engineVersion: "17" }, "engineVersion", /^17 is not among MySQL's lines here: 9\.7, 8\.4/],
    "a line that only begins alike": [{ ...postgres, engineVersion: "171" }, "engineVersion", /^171 is not among/],
    "a version that is a number": [{ ...postgres, engineVersion: 17 }, "engineVersion", /expected string, received number/],
    "a version that is no tag": [{ ...postgres, engineVersion: "17:x" }, "engineVersion", /must be a version such as 17 or 17\.5/],
    "an image with a space": [{ ...postgres, image: "my image" }, "image", /must be an image.s name/],
    "a port that is a text": [{ ...postgres, port: "5432" }, "port", /a port's number, or \{ preferred/],
    "a port that there cannot be": [{ ...postgres, port: 70_000 }, "port", /65535/],
    "a preferred port without room above": [{ ...postgres, port: { preferred: 65_500 } }, "port", /preferred: .*65435/],
    "a wish for a port misspelt": [{ ...postgres, port: { prefered: 5432 } }, "port", /\{ preferred: … \}/],
    "an identifier in capitals": [{ ...postgres, identifier: "Shop" }, "identifier", /lower-case letters/],
    "an identifier with two hyphens": [{ ...postgres, identifier: "a--b" }, "identifier", /single hyphens/],
    "an identifier with a hyphen at its end": [{ ...postgres, identifier: "a-" }, "identifier", /single hyphens/],
    "an identifier that begins with a digit": [{ ...postgres, identifier: "1a" }, "identifier", /begin with a letter/],
    "an identifier that is too long": [{ ...postgres, identifier: "a".repeat(64) }, "identifier", /at most 63/],
    "storage that there is not": [{ ...postgres, storage: "disk" }, "storage", /"container"\|"volume"\|"tmpfs"/],
    "durability that there is not": [{ ...postgres, durability: "slow" }, "durability", /"durable"\|"fast"/],
    "no time to start": [{ ...postgres, startupTimeout: 0 }, "startupTimeout", />0/],
    "a volume's name of one letter": [{ ...postgres, storage: "volume", volumeName: "x" }, "volumeName", /two or more/],
    "a volume without storage on one": [{ ...postgres, volumeName: "mine" }, "volumeName", /is for storage "volume"/],
    "a class that is not RDS's": [
        { ...postgres, instanceClass: "db.t3.nano" },
        "instanceClass",
        /db\.t3\.nano is not a class .* db\.t3\.micro/,
    ],
    "a class together with memory": [{ ...postgres, instanceClass: "db.t3.micro", memory: "1g" }, "instanceClass", /give it or them/],
    "a class together with cpus": [{ ...postgres, instanceClass: "db.t3.micro", cpus: 1 }, "instanceClass", /give it or them/],
    "memory in words": [{ ...postgres, memory: "lots" }, "memory", /"512m" or "2 GiB"/],
    "memory of the wrong type": [{ ...postgres, memory: true }, "memory", /"512m" or "2 GiB"/],
    "memory below the floor": [{ ...postgres, memory: "10m" }, "memory", /^gives 10 MiB, and PostgreSQL does not start below 64 MiB/],
    "no memory at all": [{ ...postgres, memory: "0" }, "memory", /does not start below/],
    "a class below the floor": [
        { engine: "db2", acceptLicense: true, instanceClass: "db.t3.micro" },
        "instanceClass",
        /^gives 1024 MiB, and Db2 does not start below 2048 MiB/,
    ],
    "no processor at all": [{ ...postgres, cpus: 0 }, "cpus", />0/],
    "a network that is no name": [{ ...postgres, networks: ["a b"] }, "networks", /0: must be a network's name/],
    "one network without brackets": [{ ...postgres, networks: "shop" }, "networks", /expected array, received string/],
    "an alias that is no host name": [{ ...postgres, networks: ["shop"], aliases: ["x_y"] }, "aliases", /0: must be host names/],
    "aliases without networks": [{ ...postgres, aliases: ["main"] }, "aliases", /networks, and there are none/],
    "a tag that is a number": [{ ...postgres, tags: { a: 1 } }, "tags", /a: .*expected string/],
    "parameters that are a text": [{ ...postgres, parameters: "work_mem=5MB" }, "parameters", /expected record/],
    "a parameter that is a list": [{ ...postgres, parameters: { a: [1] } }, "parameters", /a: must be a text, a number, true or false/],
    "a parameter that is no name": [{ ...postgres, parameters: { "a b": 1 } }, "parameters", /^a b is not a name for a parameter/],
    "a parameter over two lines": [
        { ...postgres, parameters: { work_mem: "5MB\nfsync = off" } },
        "parameters",
        /the value of work_mem holds a control character/,
    ],
    "parameters where there is no file": [
        { engine: "db2", acceptLicense: true, parameters: { a: "b" } },
        "parameters",
        /cannot be set for Db2/,
    ],
    "speed where there is none to have": [
        { engine: "db2", acceptLicense: true, durability: "fast" },
        "durability",
        /cannot be fast for Db2/,
    ],
    "data in memory where it cannot be": [
        { engine: "sqlserver", acceptLicense: true, storage: "tmpfs" },
        "storage",
        /cannot be tmpfs for SQL Server: .*direct I\/O/,
    ],
    "another runtime": [{ ...postgres, runtime: "podman" }, "runtime", /must be "docker"/],
    "a setting of the runtime misspelt": [{ ...postgres, runtime: { kind: "docker", hots: "x" } }, "runtime", /"hots"/],
    "a user of the engine's own": [{ ...postgres, username: "pg_read_all" }, "username", /reserved by the engine/],
    "a database of the engine's own": [{ engine: "mysql", dbName: "sys" }, "dbName", /reserved by the engine/],
    "a user without a name": [{ ...postgres, username: "" }, "username", /is empty/],
    "a name that the engine would cut": [{ ...postgres, dbName: "ü".repeat(32) }, "dbName", /64 bytes long; the engine takes at most 63/],
};

describe("check", () => {
    for (const [name, [args, property, reason]] of Object.entries(faulty)) {
        it(`refuses ${name}`, () => {
            const failures = faultsOf(args);
            assert.deepEqual(
                failures.map((failure) => failure.property),
                [property],
                JSON.stringify(failures),
            );
            assert.match(failures[0]!.reason, reason);
        });
    }

    for (const [engine, terms] of Object.entries({
        "sqlserver-ex": /Microsoft's license terms for SQL Server .*https:\/\/go\.microsoft\.com/,
        "oracle-se2": /Oracle Free Use Terms and Conditions .*https:\/\/www\.oracle\.com/,
        db2: /IBM's license terms for Db2 .*https:\/\/www\.ibm\.com/,
    })) {
        it(`names the terms that ${engine} needs accepted`, () => {
            for (const args of [{ engine }, { engine, acceptLicense: false }]) {
                assert.deepEqual(
                    faultsOf(args).map(({ property }) => property),
                    ["acceptLicense"],
                );
                assert.match(faultsOf(args)[0]!.reason, terms);
            }
            assert.deepEqual(faultsOf({ engine, acceptLicense: true }), []);
        });
    }

    it("reports every fault at once", () => {
        const failures = faultsOf({ engine: "postgres", port: "many", storage: "disk", dbname: "shop", engineVersion: "99" });
        assert.deepEqual(failures.map(({ property }) => property).sort(), ["", "engineVersion", "port", "storage"]);
    });

    it("takes what is right", () => {
        const all = {
            engine: "postgres",
            engineVersion: "17.5",
            image: "registry.example.com:5000/postgis/postgis@sha256:0f0f",
            identifier: "shop-dev-db2",
            dbName: "or'd \"ers",
            username: "a pp",
            password: "it's \\ 🙂",
            port: { preferred: 5432 },
            publiclyAccessible: true,
            parameters: { work_mem: "5MB", max_connections: 50, log_checkpoints: true },
            environment: { TZ: "Europe/Zurich", LOG_LEVEL: 3 },
            durability: "fast",
            storage: "volume",
            volumeName: "mine",
            memory: "1.5 GiB",
            cpus: 0.5,
            networks: ["shop"],
            aliases: ["main"],
            tags: { team: "shop" },
            deletionProtection: true,
            startupTimeout: 30.5,
            acceptLicense: true,
            runtime: { kind: "docker", host: "ssh://me@there" },
        };
        const { inputs, failures } = check({}, { ...all, __devdb: { name: "db", project: "shop", stack: "dev" } });
        assert.deepEqual(failures, []);
        assert.equal(inputs.memory, 1.5 * 1024 ** 3);
        assert.deepEqual(inputs.parameters, { work_mem: "5MB", max_connections: "50", log_checkpoints: "true" });
    });
});

describe("an argument that there is not", () => {
    it("is refused with the one that was meant", () => {
        assert.deepEqual(faultsOf({ engine: "postgres", dbname: "shop" }), [
            { property: "", reason: "dbname: is not an argument; did you mean dbName?" },
        ]);
        assert.match(faultsOf({ engine: "postgres", engine_version: "17" })[0]!.reason, /did you mean engineVersion\?/);
    });

    it("is refused without a guess where none is near", () => {
        assert.deepEqual(faultsOf({ engine: "postgres", allocatedStorage: 5 }), [
            { property: "", reason: "allocatedStorage: is not an argument" },
        ]);
    });

    it("is refused also where a later version has it", () => {
        assert.match(faultsOf({ engine: "postgres", bridge: true })[0]!.reason, /is not an argument/);
    });
});

describe("a fault in a secret", () => {
    const secret = "hunter2\u0007";
    const args: Readonly<Record<string, Args>> = {
        "a password that the engine refuses": { password: secret },
        "a password of the wrong type": { password: [secret] },
        "a password under a name misspelt": { pasword: secret },
        "an environment that holds one": { environment: { DB_PASSWORD: secret } },
        "an environment of the wrong type": { environment: { LEVEL: [secret] } },
        "an environment that is a text": { environment: secret },
    };
    for (const [name, each] of Object.entries(args)) {
        it(`names no property, whose value Pulumi would print: ${name}`, () => {
            const failures = faultsOf({ engine: "postgres", ...each });
            assert.deepEqual(
                failures.map(({ property }) => property),
                [""],
                JSON.stringify(failures),
            );
            assert.match(failures[0]!.reason, new RegExp(`^${Object.keys(each)[0]}: `));
            assert.ok(!JSON.stringify(failures).includes("hunter2"));
        });
    }
});

describe("seeds", () => {
    const reasons = (...seeds: readonly unknown[]) => faultsOf({ engine: "postgres", seeds }).map(({ reason }) => reason);
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    it("are refused by the step's name where its file cannot be had", () => {
        assert.match(
            reasons({ name: "data", file: "./no/such.sql" }).join(),
            /^seeds: the step data: there is no file \/.*\/no\/such\.sql$/,
        );
        assert.match(reasons({ name: "data", file: __dirname }).join(), /^seeds: the step data: \/.* is a directory$/);
    });

    it("are refused where a step says nothing, or twice", () => {
        assert.match(reasons({ name: "a" }).join(), /^seeds: 0: must have either sql or file$/);
        assert.match(reasons({ name: "a", sql: "SELECT 1", file: "a.sql" }).join(), /must have either sql or file/);
        assert.match(reasons({ name: "a", sql: " \n" }).join(), /^seeds: 0\.sql: is empty$/);
        assert.match(reasons({ name: "a", sql: "x" }, { name: "a", sql: "y" }).join(), /^seeds: has two steps of one name$/);
        assert.match(reasons({ name: "a'b", sql: "x" }).join(), /^seeds: 0\.name: must be letters/);
        assert.match(reasons({ name: "a", sql: "x", query: "y" }).join(), /^seeds: 0: Unrecognized key/);
    });

    it("pass while a part of them is not known", () => {
        assert.deepEqual(reasons({ name: "a", sql: unknown }, { name: "b", file: "./no/such.sql" }), []);
        assert.deepEqual(faultsOf({ engine: "postgres", seeds: unknown }), []);
    });

    it("name no property in a fault: Pulumi would print what they say", () =>
        assert.equal(faultsOf({ engine: "postgres", seeds: [{ name: "a", sql: 1 }] })[0]!.property, ""));
});

describe("environment", () => {
    const reasons = (engine: string, environment: Args) =>
        faultsOf({ engine, acceptLicense: true, environment }).map(({ reason }) => reason);

    for (const [engine, owned] of Object.entries({
        postgres: ["POSTGRES_DB", "POSTGRES_INITDB_ARGS", "PGDATA"],
        mysql: ["MYSQL_DATABASE", "MYSQL_ROOT_PASSWORD_FILE"],
        mariadb: ["MARIADB_DATABASE", "MYSQL_USER"],
        sqlserver: ["ACCEPT_EULA", "MSSQL_SA_PASSWORD", "MSSQL_PID"],
        oracle: ["ORACLE_PASSWORD", "APP_USER"],
        db2: ["LICENSE", "DBNAME"],
    })) {
        it(`refuses what the instance's own arguments say: ${engine}`, () => {
            for (const name of owned) assert.match(reasons(engine, { [name]: "x" }).join(), new RegExp(`^environment: ${name} belongs to`));
        });
    }

    it("refuses what looks like a secret", () => {
        for (const name of ["DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "TLS_PRIVATE_KEY", "app_credentials"])
            assert.match(reasons("postgres", { [name]: "x" }).join(), /looks like a secret/);
    });

    it("refuses what is no variable", () => {
        for (const name of ["1X", "A B", "A=B", ""])
            assert.match(reasons("postgres", { [name]: "x" }).join(), /is not a name for a variable/);
    });
});
