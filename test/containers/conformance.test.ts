import assert from "node:assert/strict";
import { instance } from "../../provider/v1";
import { readRows, sql, writeRow } from "../support/client";
import { anonymousVolumes, containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { type Subject, subjects } from "../support/engines";
import { driver } from "../support/instance";
import { ready } from "../support/ready";

/** What only an engine's own test can say: a parameter, how the server shows it, and names that its rules allow. */
const peculiar: Readonly<
    Record<
        string,
        {
            readonly parameters: Record<string, string>;
            readonly shown?: string;
            readonly value?: string;
            readonly account: Record<string, string>;
        }
    >
> = {
    postgres: {
        parameters: { work_mem: "5MB" },
        shown: "SHOW work_mem",
        value: "5MB",
        account: { username: "a pp'$\"", dbName: "or'd \"ers" },
    },
    mysql: {
        parameters: { max_connections: "77" },
        shown: "SELECT @@max_connections",
        value: "77",
        account: { username: "a pp'$\"", dbName: "or'd `ers" },
    },
    mariadb: {
        parameters: { max_connections: "77" },
        shown: "SELECT @@max_connections",
        value: "77",
        account: { username: "a pp'$\"", dbName: "or'd `ers" },
    },
    sqlserver: { parameters: { "memory.memorylimitmb": "2100" }, account: { username: "app", dbName: "or'd ers" } },
    oracle: { parameters: { open_cursors: "400" }, account: { username: "APP" } },
    db2: { parameters: {}, account: { dbName: "ORDERS" } },
};

/** Quotes, backslashes, dollars, spaces, percent, unicode and emoji, as far as the engine takes them in a password. */
const nasty = (family: string) => (family === "oracle" ? "p'w$ %é\\x" : family === "db2" ? "p.w-$%x+1" : "p'w\"\\$ %é🙂ª");

for (const subject of subjects) describe(`${subject.title} conforms`, () => conforms(subject, {}));

// The licensed engines are never primed, so for them there is no other way.
for (const subject of subjects.filter(({ proof }) => proof === "real")) {
    describe(`${subject.title} conforms, started plainly`, () => conforms(subject, { priming: false }));
}

function conforms(subject: Subject, start: Readonly<Record<string, unknown>>): void {
    const { parameters, shown, value, account } = peculiar[subject.family] ?? { parameters: {}, account: {} };
    const db = driver(`conform-${subject.family}`);
    const first = { ...subject.args, ...account, ...start };
    let args: Record<string, unknown> = first;
    let litter: Set<string>;

    before(async function () {
        await ready(this, subject);
        litter = await anonymousVolumes();
    });
    after(async () => {
        await db.destroy().catch(() => undefined);
    });

    it("answers a login as the final user when it is made", async () => {
        await db.up(first);
        await writeRow(subject, db, 1);
        assert.deepEqual(await readRows(subject, db), [1]);
        assert.ok(db.text("engineVersionActual").startsWith(String(subject.args.engineVersion)), db.text("engineVersionActual"));
        assert.equal(db.text("endpoint"), `127.0.0.1:${db.text("port")}`);
        assert.equal(db.outputs.status, "available");
    });

    it("is published on loopback only, and labelled", async () => {
        const { Config, HostConfig } = await daemon.getContainer(db.text("identifier")).inspect();
        assert.deepEqual(
            [
                ...new Set(
                    Object.values(HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flatMap((bindings) =>
                        bindings.map(({ HostIp }) => HostIp),
                    ),
                ),
            ],
            ["127.0.0.1"],
        );
        const keys = Object.keys(Config.Labels)
            .filter((label) => label.startsWith("devdb."))
            .sort();
        assert.deepEqual(
            keys,
            [
                "created",
                "dbname",
                "engine",
                "identifier",
                "image",
                "known",
                "managed",
                "manifest",
                "name",
                "origin",
                "project",
                "role",
                "run",
                "snapshot",
                "spec",
                "stack",
                "tags",
                "username",
            ].map((key) => `devdb.${key}`),
        );
    });

    it("changes nothing on a second up", async () => {
        const id = await containerId(db);
        assert.deepEqual(await db.up(args), { changes: false, replaces: [], said: [] });
        assert.equal(await containerId(db), id);
    });

    it("changes its password in place, whatever is in it", async () => {
        const [id, start] = [await containerId(db), await startedAt(db)];
        args = { ...args, password: nasty(subject.family) };
        await db.up(args);
        assert.deepEqual([await containerId(db), await startedAt(db)], [id, start]);
        assert.deepEqual(await readRows(subject, db), [1]);
    });

    if (Object.keys(parameters).length > 0) {
        it("takes parameters by a restart", async () => {
            const id = await containerId(db);
            args = { ...args, parameters };
            await db.up(args);
            assert.equal(await containerId(db), id);
            assert.deepEqual(await readRows(subject, db), [1]);
            if (shown) assert.deepEqual(await sql(subject, db, shown), [[value]]);
        });

        it("puts the earlier parameters back when the server refuses the new ones", async () => {
            const id = await containerId(db);
            const refused = { ...args, parameters: { no_such_parameter: "1" }, startupTimeout: 30 };
            await assert.rejects(db.up(refused), /parameters: .*\n?[\s\S]*put back/);
            assert.equal(await containerId(db), id);
            assert.deepEqual(await readRows(subject, db), [1]);
            if (shown) assert.deepEqual(await sql(subject, db, shown), [[value]]);
        });
    }

    it("is recreated with its data", async () => {
        const id = await containerId(db);
        args = { ...args, environment: { SOME_THING: "1" } };
        await db.up(args);
        assert.notEqual(await containerId(db), id);
        await writeRow(subject, db, 2);
        assert.deepEqual(await readRows(subject, db), [1, 2]);
    });

    it("is found stopped, and started again by a plain up", async () => {
        await daemon.getContainer(db.text("identifier")).stop({ t: 5 });
        await db.refresh();
        assert.equal(db.outputs.status, "stopped");
        assert.match((await db.preview(args)).said.join(), /stopped/);
        await db.up(args);
        assert.equal(db.outputs.status, "available");
        assert.deepEqual(await readRows(subject, db), [1, 2]);
        assert.deepEqual((await db.preview(args)).said, []);
    });

    it("keeps what was committed when the server is killed", async () => {
        await writeRow(subject, db, 3);
        await daemon.getContainer(db.text("identifier")).kill();
        await db.up(args);
        assert.deepEqual(await readRows(subject, db), [1, 2, 3]);
    });

    it("is adopted, with its data, by a create that finds it finished", async () => {
        const id = await containerId(db);
        const { password, ...unnamed } = args;
        db.lose();
        await db.up({ ...unnamed });
        assert.equal(await containerId(db), id);
        assert.notEqual(db.outputs.password, password);
        assert.deepEqual(await readRows(subject, db), [1, 2, 3]);
    });

    it("leaves nothing when it is deleted, and is deleted twice without an error", async () => {
        const identifier = db.text("identifier");
        const { outputs } = db;
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
        await instance.delete(identifier, outputs);
        if (subjects.length === 1) assert.deepEqual(await anonymousVolumes(), litter);
    });
}
