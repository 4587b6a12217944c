import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "../../provider/engines/crc32c";
import { identifierShown, ownIdentifier, shownIdentifier } from "../../provider/engines/postgres-identifier";

describe("PostgreSQL's system identifier", () => {
    let directory: string;
    const path = (name: string) => join(directory, name);
    const shell = (script: string, program = "sh") => execFileSync(program, ["-c", script], { cwd: directory }).toString();
    // Every byte is in it, so that one which a shell cannot write is found.
    const layer = { control: Buffer.alloc(8192), log: Buffer.alloc(65_536, 7) };
    layer.control.set(Array.from({ length: 256 }, (_, index) => index));
    layer.control.writeUInt32LE(crc32c(layer.control.subarray(0, 288)), 288);
    layer.control.copy(layer.log, 24, 0, 8);
    const files = () => ({ control: readFileSync(path("global/pg_control")), log: readFileSync(path("pg_wal/000000010000000000000001")) });

    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "devdb-identifier-"));
        for (const folder of ["global", "pg_wal", "pg_wal/archive_status"]) mkdirSync(path(folder));
        writeFileSync(path("global/pg_control"), layer.control);
        writeFileSync(path("pg_wal/000000010000000000000001"), layer.log);
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    for (const program of ["sh", "bash"])
        it(`is written by ${program} as each start's own, with its checksum, and again as the same`, () => {
            const known = shownIdentifier(`Success.\n${shell(identifierShown, program)}`);
            assert.equal(known?.length, "control ".length + 1024 + 1 + 64);
            const script = ownIdentifier({ bootstrap: "one", known });
            for (let count = 0; count < 2; count += 1) shell(script, program);
            const { control, log } = files();
            assert.notDeepEqual(control.subarray(0, 8), layer.control.subarray(0, 8));
            assert.ok(control.readBigInt64LE(0) > 0n);
            assert.deepEqual(control.subarray(8, 288), layer.control.subarray(8, 288));
            assert.equal(control.readUInt32LE(288), crc32c(control.subarray(0, 288)));
            assert.deepEqual(control.subarray(292), layer.control.subarray(292));
            assert.deepEqual(log, Buffer.concat([layer.log.subarray(0, 24), control.subarray(0, 8), layer.log.subarray(32)]));
            assert.equal(ownIdentifier({ bootstrap: "one", known }), script);
            assert.notEqual(ownIdentifier({ bootstrap: "other", known }), script);
        });

    it("stays where a server was started already", () => {
        const known = shownIdentifier(shell(identifierShown)) ?? "";
        writeFileSync(path("postmaster.opts"), "");
        shell(ownIdentifier({ bootstrap: "one", known }));
        assert.deepEqual(files(), layer);
    });

    it("stays where the layer's is not known, or not understood", () => {
        const known = shownIdentifier(shell(identifierShown)) ?? "";
        const [word, control = "", log = ""] = known.split(" ");
        for (const odd of [
            undefined,
            "",
            `${word} ${control.replaceAll("1", "2")} ${log}`,
            `${word} ${control} ${"0".repeat(64)}`,
            `${word} ${control} ${log.slice(0, 40)}`,
            `${word} ${control.slice(0, 200)} ${log}`,
        ])
            assert.equal(ownIdentifier({ bootstrap: "one", ...(odd === undefined ? {} : { known: odd }) }), "");
        assert.equal(shownIdentifier("Success. You can now start the database server\n"), undefined);
    });
});
