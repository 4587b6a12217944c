import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { choosePort } from "../../provider/lifecycle/port";
import { sql } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { derivedImage, engineImage, removeImage } from "../support/derived";
import { families, plain, type Subject } from "../support/engines";
import { litter } from "../support/every-call";
import { type Driver, driver, Refused, stack } from "../support/instance";
import { freePort, holdPort } from "../support/port";

type Args = Readonly<Record<string, unknown>>;

/** What no way of quoting alters, amid what every one does. */
const core = "K3fe1f4a17c";
const secret = { password: `it's "${core}ª" \\ %41 é` };

/** An up that must fail, and leave nothing: no container, no volume, the port free, and no secret in what it says. Answers what it says. */
async function failing(db: Driver, args: Args): Promise<string> {
    const identifier = typeof args.identifier === "string" ? args.identifier : `devdb-test-${stack}-${db.name}`;
    const port = typeof args.port === "number" ? args.port : await freePort();
    const [before, there] = [await litter(), await leftOf(identifier)];
    const error = await db.up({ port, ...secret, ...args }).then(
        () => assert.fail("it should have failed"),
        (thrown: Error) => thrown,
    );
    assert.ok(!(error instanceof Refused), error.message);
    assert.deepEqual(await leftOf(identifier), there);
    assert.deepEqual(
        (await litter()).filter((name) => !before.includes(name)),
        [],
        "volumes without a name",
    );
    assert.ok(!db.exists, "there is nothing that a state should know");
    if (typeof args.port !== "number") (await choosePort(port, new Set(), { here: true, interface: "127.0.0.1" })).release();
    assert.ok(!error.message.includes(core), error.message);
    return error.message;
}

if (plain) describe("a create that fails", () => creates(plain!));

function creates(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const images: string[] = [];
    const image = async (name: string, ...lines: readonly string[]) => {
        const tag = `devdb-test-${stack}/faults:${name}`;
        images.push(tag);
        return derivedImage(tag, await engineImage(subject.family, String(subject.args.engineVersion)), ...lines);
    };
    /** An image that begins with a script of the test's own. */
    const script = (name: string, text: string) => image(name, `ENTRYPOINT ${JSON.stringify(["sh", "-c", text])}`);
    let first: Driver;
    let identifier: string;

    before(async () => {
        first = driver("first");
        await first.up({ ...base, dbName: "shop" });
        identifier = first.text("identifier");
    });
    after(async () => {
        await first.destroy();
        for (const tag of images) await removeImage(tag);
    });

    it("names the container that has the port", async () => {
        const port = Number(first.text("port"));
        const said = await failing(driver("port"), { ...base, port });
        assert.match(
            said,
            new RegExp(`^port: host port ${port} is taken by the container ${identifier}; choose another, or \\{ preferred: ${port} \\}`),
        );
    });

    it("says that another process has the port, and a preferred one gives way to the next", async () => {
        const holder = await holdPort();
        const { port } = holder.address() as AddressInfo;
        const db = driver("port");
        try {
            const said = await failing(db, { ...base, port });
            assert.match(said, new RegExp(`^port: host port ${port} is taken by another process of this machine; choose another`));
            await db.up({ ...base, port: { preferred: port } });
            assert.ok(Number(db.text("port")) > port && Number(db.text("port")) <= port + 100, db.text("port"));
            assert.equal((await db.preview({ ...base, port: { preferred: port } })).changes, false);
        } finally {
            await new Promise((closed) => holder.close(closed));
            await db.destroy();
        }
    });

    it("says whose the name is, from where, since when, and how to go on", async () => {
        const [id, start] = [await containerId(first), await startedAt(first)];
        const ways = `Give this instance another identifier, or remove that one: docker rm -fv ${identifier}`;
        const since = `made ${first.text("createdAt")}`;
        const others: readonly (readonly [Driver, string])[] = [
            [driver("name"), `stack devdb-test/${stack}, resource ${first.name}, ${since}`],
            [driver("name", { stack: "prod" }), `stack devdb-test/${stack}, resource ${first.name}, ${since}`],
            [
                driver("name", { organization: "acme" }),
                `stack devdb-test/${stack}, resource ${first.name}, of another state back end, ${since}`,
            ],
        ];
        for (const [db, owner] of others) {
            const said = await failing(db, { ...base, identifier });
            assert.ok(said.startsWith(`a container named ${identifier} exists already: it belongs to ${owner}. ${ways}`), said);
        }
        assert.deepEqual([await containerId(first), await startedAt(first)], [id, start]);
    });

    it("leaves a foreign container of its name alone", async () => {
        const name = `devdb-test-${stack}-foreign`;
        const { Image } = await daemon.getContainer(identifier).inspect();
        const container = await daemon.createContainer({ name, Image, Entrypoint: ["sleep"], Cmd: ["300"] });
        try {
            for (const suffix of ["", ".new", ".old"]) {
                if (suffix) await container.rename({ name: `${name}${suffix}` });
                const said = await failing(driver("foreign"), { ...base, identifier: name });
                assert.match(said, /exists already: it belongs to something other than this package/);
                assert.equal((await daemon.getContainer(`${name}${suffix}`).inspect()).Id, container.id);
            }
        } finally {
            await container.remove({ force: true, v: true });
        }
    });

    it("tells the exit code and the last words of a container that exits at once", async () => {
        const said = await failing(driver("exits"), { ...base, image: await script("exits", "echo out of luck >&2; exit 3") });
        assert.match(said, /the server exited with code 3\..*out of luck/s);
    });

    it("takes a container that exited for failed, though the daemon started it again and it would run by then", async () => {
        const once = "[ -e /tmp/again ] || { touch /tmp/again; echo out of luck; exit 3; }; exec docker-entrypoint.sh postgres";
        const said = await failing(driver("exits"), { ...base, image: await script("once", once) });
        assert.match(said, /the server exited( with code 3)?\..*out of luck/s);
    });

    it("tells the daemon's words of a container that cannot start", async () => {
        const said = await failing(driver("starts"), { ...base, image: await image("starts", 'ENTRYPOINT ["/no/such/program"]') });
        assert.match(said, /the container could not be started: .*no such file/s);
    });

    it("tells the last words of a container that never answers, after startupTimeout", async () => {
        const began = Date.now();
        const args = { ...base, image: await script("silent", "echo still thinking; sleep 600"), startupTimeout: 2 };
        const said = await failing(driver("silent"), args);
        assert.match(said, /PostgreSQL did not answer within 2 seconds; startupTimeout gives it more\..*still thinking/s);
        assert.ok(Date.now() - began < 60_000);
    });

    it("tells that the memory ran out", async () => {
        const args = { ...base, image: await script("memory", "exec tail /dev/zero"), memory: "64m" };
        assert.match(await failing(driver("memory"), args), /exited with code 137, because its memory ran out: give it more memory/);
    });

    it("tells the daemon's words of a limit that the machine has not", async () => {
        assert.match(await failing(driver("cpus"), { ...base, cpus: 4000 }), /could not be made: .*CPUs/i);
    });

    it("tells that a network is not there", async () => {
        const said = await failing(driver("network"), { ...base, networks: [`devdb-test-${stack}-nowhere`] });
        assert.match(said, /network devdb-test-\w+-nowhere.* not found/s);
    });

    it("tells that the image runs another version", async () => {
        const other = await engineImage(subject.family, "15").catch(() => undefined);
        if (!other) return;
        const said = await failing(driver("version"), { ...base, image: other });
        assert.match(
            said,
            /postgres:15.* runs PostgreSQL 15\.\d+, and engineVersion is 17: set engineVersion to 15, or choose another image/,
        );
    });

    it("tells what a command in the container said, and not what it was given", async () => {
        // It says whatever it was told, which is the statement that makes the user: without tar, no start can write the account into the layer's files.
        const lines = ["#!/bin/sh", "cat >&2", "echo psql is broken >&2", "exit 1"].map((line) => `'${line}'`);
        const psql = "/usr/lib/postgresql/$PG_MAJOR/bin/psql";
        const tag = await image("exec", `RUN printf '%s\\n' ${lines.join(" ")} >${psql} && rm "$(command -v tar)"`);
        const said = await failing(driver("exec"), { ...base, image: tag, storage: "volume" });
        assert.match(said, /\[secret\].*psql is broken/s);
    });

    it("tells that somebody removed the container meanwhile", async () => {
        const db = driver("removed");
        const name = `devdb-test-${stack}-${db.name}.new`;
        const remove = (text: string) => {
            if (/waiting/.test(text))
                void daemon
                    .getContainer(name)
                    .remove({ force: true, v: true })
                    .catch(() => undefined);
        };
        db.conduct = { progress: remove };
        const said = await failing(db, { ...base, image: `devdb-test-${stack}/faults:silent`, startupTimeout: 20 });
        assert.match(said, /the container was removed while it was starting|the server exited with code 137/);
    });

    it("because it was interrupted, leaves nothing, wherever it was", async () => {
        for (let at = 0; ; at += 1) {
            const [db, controller] = [driver("interrupt"), new AbortController()];
            let said = 0;
            const end = () => controller.abort(new Error("the run was interrupted"));
            const progress = () => {
                said += 1;
                if (said === at) end();
            };
            if (at === 0) end();
            db.conduct = { progress, signal: controller.signal };
            const error = await db.up({ ...base, storage: "volume" }).then(
                () => undefined,
                (thrown: Error) => thrown,
            );
            if (error) assert.match(error.message, /interrupted|aborted|cancelled/);
            if (!error) await db.destroy();
            assert.deepEqual(await leftOf(`devdb-test-${stack}-${db.name}`), []);
            assert.ok(!db.exists);
            if (!error) return assert.ok(at > 1, "it was interrupted at least once while it was at it");
        }
    });
}

for (const subject of families.filter(({ proof }) => proof === "real")) {
    describe(`${subject.title}: a create with a parameter that the server refuses`, () => {
        it("tells the server's words, and leaves nothing", async () => {
            const said = await failing(driver("parameter"), { ...subject.args, parameters: { no_such_parameter: "1" } });
            assert.match(said, /the server exited with code \d+\..*no_such_parameter/s);
        });

        it("tells them also where the data would lie on a volume, and a right one starts there", async () => {
            const db = driver("parameter");
            const args = { ...subject.args, storage: "volume" };
            assert.match(await failing(db, { ...args, parameters: { no_such_parameter: "1" } }), /no_such_parameter/);
            await db.up(args);
            assert.deepEqual(await sql(subject, db, "SELECT 1"), [["1"]]);
            await db.destroy();
        });
    });
}
