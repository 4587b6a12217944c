import assert from "node:assert/strict";
import { engineNamed, engineNames, engines } from "../../provider/engines";

describe("the registry of engines", () => {
    it("knows RDS's names and the short ones", () => {
        for (const [name, family] of Object.entries({
            postgres: "postgres",
            mysql: "mysql",
            mariadb: "mariadb",
            "sqlserver-ee": "sqlserver",
            "sqlserver-web": "sqlserver",
            sqlserver: "sqlserver",
            "oracle-se2-cdb": "oracle",
            oracle: "oracle",
            "db2-ae": "db2",
            db2: "db2",
        })) {
            assert.equal(engineNamed(name)?.family, family);
        }
        assert.equal(engineNamed("aurora-postgresql"), undefined);
    });

    it("gives each name to one engine", () => {
        assert.equal(new Set(engineNames).size, engineNames.length);
        for (const engine of engines) assert.ok(engine.names.includes(engine.family));
    });

    it("can tell by a file whose data a place holds", () => {
        const markers = engines.flatMap(({ data }) => [...new Set([data.marker, data.marker.replace(/^data\//, "")])]);
        assert.equal(new Set(markers).size, markers.length);
    });
});
