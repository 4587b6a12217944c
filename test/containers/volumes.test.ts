import assert from "node:assert/strict";
import { readRows, sql, writeRow } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { derivedImage, engineImage, removeImage } from "../support/derived";
import { docker } from "../support/docker";
import { families, plain, type Subject, subjects } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";

type Args = Readonly<Record<string, unknown>>;

const mine = (name: string) => `devdb-test-${stack}-mine-${name}`;

/** Runs a script with a volume at /v, in whatever image is here. */
async function inVolume(volume: string, image: string, script: string): Promise<string> {
    return docker(
        "run",
        "--rm",
        "--network",
        "none",
        "--user",
        "root",
        "--volume",
        `${volume}:/v`,
        "--entrypoint",
        "sh",
        image,
        "-c",
        script,
    );
}

/** Everything in a volume, as one number. */
const digest = (volume: string, image: string) =>
    inVolume(volume, image, "cd /v && find . -type f -exec sha256sum {} + | sort | sha256sum; find . | sort | sha256sum");

if (plain) {
    describe("a volume", () => volumes(plain!));
    describe("a move to another image of the same major", () => moves(plain!));
    describe("data in memory", () => memory(plain!));
}
for (const family of ["postgres", "mysql", "mariadb"]) {
    const real = subjects.filter((subject) => subject.family === family && subject.proof === "real");
    if (real[0]) describe(`${family}: a volume that was there before`, () => earlier(real[0]!, real[1]));
}

function volumes(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const made: string[] = [];
    const volume = async (name: string) => {
        made.push(mine(name));
        await docker("volume", "create", mine(name));
        return mine(name);
    };
    const all: Driver[] = [];
    const another = (prefix: string) => {
        const db = driver(prefix);
        all.push(db);
        return db;
    };
    let image: string;

    before(async () => {
        image = await engineImage(subject.family, String(subject.args.engineVersion));
    });
    afterEach(async () => {
        for (const db of all.splice(0)) if (db.exists) await db.destroy();
    });
    after(async () => {
        for (const name of made) await docker("volume", "rm", "--force", name);
    });

    it("of the instance's own goes with it", async () => {
        const db = another("own");
        await db.up({ ...base, storage: "volume" });
        const identifier = db.text("identifier");
        assert.equal(db.text("volumeName"), identifier);
        assert.deepEqual(await leftOf(identifier), [identifier, identifier]);
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
    });

    it("of the user's is made where it is missing, left after a clean stop, and filled for the next instance and its user", async () => {
        const name = mine("kept");
        made.push(name);
        const args = { ...base, storage: "volume", volumeName: name, dbName: "shop" };
        const [first, second] = [another("first"), another("second")];
        await first.up({ ...args, username: "one" });
        await writeRow(subject, first, 7);
        await first.destroy();
        assert.match(await inVolume(name, image, "pg_controldata /v/data"), /cluster state: +shut down\n/);
        await second.up({ ...args, username: "two", password: "its own" });
        assert.deepEqual(await readRows(subject, second), [7]);
        await writeRow(subject, second, 8);
        await second.destroy();
        assert.deepEqual(await leftOf(name), [name]);
    });

    it("that another instance runs on is refused, to whomever it belongs", async () => {
        const name = await volume("shared");
        const [first, second, own, third] = [another("shared"), another("shared"), another("shared"), another("shared")];
        await first.up({ ...base, storage: "volume", volumeName: name });
        await assert.rejects(
            second.up({ ...base, storage: "volume", volumeName: name }),
            new RegExp(`volume ${name} is in use by the running container ${first.text("identifier")}; stop that one first`),
        );
        await own.up({ ...base, storage: "volume" });
        const owned = own.text("volumeName");
        await assert.rejects(
            third.up({ ...base, storage: "volume", volumeName: owned }),
            new RegExp(
                `volume ${owned} belongs to the instance ${owned} of stack devdb-test/${stack} and goes with it; choose another volumeName`,
            ),
        );
        assert.deepEqual([await readRows(subject, first), await readRows(subject, own)], [[], []]);
    });

    it("that only has an instance's name is refused, and stays", async () => {
        const db = another("name");
        const identifier = `devdb-test-${stack}-${db.name}`;
        made.push(identifier);
        await docker("volume", "create", identifier);
        await assert.rejects(db.up({ ...base, storage: "volume" }), /exists already and is not this instance's; give volumeName to use it/);
        assert.deepEqual(await leftOf(identifier), [identifier]);
    });

    it("that an earlier instance left without a container is not guessed at, and used where it is empty", async () => {
        const db = another("orphan");
        // What was committed must survive the removal of a container that runs.
        const args = { ...base, storage: "volume", durability: "durable" };
        await db.up(args);
        await writeRow(subject, db, 7);
        const name = db.text("volumeName");
        await daemon.getContainer(name).remove({ force: true, v: true });
        db.lose();
        const before = await digest(name, image);
        await assert.rejects(
            db.up(args),
            new RegExp(`volume ${name} holds data of an earlier PostgreSQL instance .* docker volume rm ${name}`),
        );
        assert.equal(await digest(name, image), before);
        assert.deepEqual(await leftOf(name), [name]);
        const named = another("named");
        await named.up({ ...args, volumeName: name, identifier: name });
        assert.deepEqual(await readRows(subject, named), [7]);
        await named.destroy();
        await inVolume(name, image, "rm -rf /v/*");
        await db.up(args);
        assert.deepEqual(await readRows(subject, db), []);
        await db.destroy();
        assert.deepEqual(await leftOf(name), []);
    });

    it("is taken up again by the next up where the container was removed by hand", async () => {
        const db = another("taken");
        const args = { ...base, storage: "volume", durability: "durable" };
        await db.up(args);
        await writeRow(subject, db, 7);
        await daemon.getContainer(db.text("identifier")).remove({ force: true, v: true });
        assert.match((await db.preview(args)).said.join(), /its container is gone/);
        await db.up(args);
        assert.deepEqual(await readRows(subject, db), [7]);
    });

    it("in the layout of an official image, or of another engine, is refused and stays untouched", async () => {
        const markers: Readonly<Record<string, readonly [path: string, what: RegExp]>> = {
            layout: ["PG_VERSION", /PostgreSQL in the layout of its official image/],
            mysql: ["data/mysql.ibd", /MySQL/],
            mariadb: ["data/aria_log_control", /MariaDB/],
            sqlserver: ["data/master.mdf", /SQL Server/],
            db2: ["config/db2inst1/something", /Db2/],
        };
        for (const [kind, [path, what]] of Object.entries(markers)) {
            const name = await volume(kind);
            await inVolume(name, image, `mkdir -p "$(dirname /v/${path})" && echo 17 >/v/${path}`);
            const before = await digest(name, image);
            const db = another(kind);
            await assert.rejects(db.up({ ...base, storage: "volume", volumeName: name }), (error: Error) => {
                assert.match(error.message, what);
                assert.match(error.message, /and this instance runs PostgreSQL 17; choose another volumeName\. Nothing in it was changed/);
                return true;
            });
            assert.equal(await digest(name, image), before);
            assert.deepEqual(await leftOf(`devdb-test-${stack}-${db.name}`), []);
        }
    });
}

/** Real data: of another major of the same engine, and of another engine. */
function earlier(subject: Subject, older: Subject | undefined): void {
    const other = families.find(
        ({ family, proof }) => family !== subject.family && proof === "real" && (family === "mysql") !== (subject.family === "mysql"),
    );
    const name = mine(subject.family);
    const args = (each: Subject): Args => ({ ...each.args, dbName: "shop", storage: "volume", volumeName: name });

    after(() => docker("volume", "rm", "--force", name));

    if (older)
        it("and holds another major's data is refused and untouched, and the rows are still there", async () => {
            const [first, second, third] = [driver("older"), driver("newer"), driver("older")];
            await first.up(args(older));
            await writeRow(older, first, 7);
            await first.destroy();
            const image = await engineImage(subject.family, String(older.args.engineVersion));
            const before = await digest(name, image);
            await assert.rejects(
                second.up(args(subject)),
                new RegExp(
                    `volume ${name} holds data of \\w+ ${String(older.args.engineVersion).replaceAll(".", "\\.")}.*, and this instance runs \\w+ ${subject.args.engineVersion}; `,
                ),
            );
            assert.equal(await digest(name, image), before);
            await third.up(args(older));
            assert.deepEqual(await readRows(older, third), [7]);
            await third.destroy();
            await docker("volume", "rm", name);
        });

    it("serves the next instance of the same engine, with its own user and password", async () => {
        const [first, second] = [driver("one"), driver("two")];
        await first.up({ ...args(subject), username: "one" });
        await writeRow(subject, first, 7);
        await first.destroy();
        await second.up({ ...args(subject), username: "two" });
        assert.deepEqual(await readRows(subject, second), [7]);
        await second.destroy();
    });

    if (other)
        it(`and holds another engine's data is refused and untouched: ${other.family}`, async () => {
            const image = await engineImage(subject.family, String(subject.args.engineVersion));
            const before = await digest(name, image);
            await assert.rejects(driver("engine").up(args(other)), /holds data of .*, and this instance runs .* Nothing in it was changed/);
            assert.equal(await digest(name, image), before);
        });
}

function moves(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", priming: false };
    const tag = (name: string) => `devdb-test-${stack}/volumes:${name}`;
    const name = mine("move");
    const storages: Readonly<Record<string, Args>> = {
        "in the container": {},
        "on a volume of its own": { storage: "volume" },
        "on the user's volume": { storage: "volume", volumeName: name },
    };

    before(async () => {
        const image = await engineImage(subject.family, String(subject.args.engineVersion));
        await derivedImage(tag("same"), image, "RUN echo more >/usr/share/more");
        await derivedImage(tag("broken"), image, 'ENTRYPOINT ["sh", "-c", "echo broken >&2; exit 9"]');
        await derivedImage(tag("musl"), image, "RUN echo 3.22 >/etc/alpine-release");
    });
    after(async () => {
        for (const each of ["same", "broken", "musl"]) await removeImage(tag(each));
        await docker("volume", "rm", "--force", name);
    });

    for (const [place, storage] of Object.entries(storages)) {
        describe(`with the data ${place}`, () => {
            const db = driver("move");
            const args = { ...base, ...storage };
            let things: readonly string[];

            before(async () => {
                await db.up(args);
                await writeRow(subject, db, 7);
                things = await leftOf(db.text("identifier"));
            });
            after(async () => {
                await db.destroy();
                assert.deepEqual(await leftOf(`devdb-test-${stack}-${db.name}`), []);
            });

            it("that fails puts the old one back, with its data and its password", async () => {
                const id = await containerId(db);
                const other = { ...args, image: tag("broken"), password: "another" };
                await assert.rejects(db.up(other), /the server exited with code 9\..*broken.*The instance was put back as it was\./s);
                assert.equal(await containerId(db), id);
                assert.deepEqual(await leftOf(db.text("identifier")), things);
                assert.deepEqual(await readRows(subject, db), [7]);
                assert.deepEqual((await db.preview(args)).said, []);
            });

            it("that would sort texts otherwise carries the data, or is refused before anything is touched", async () => {
                const [start, musl] = [await startedAt(db), { ...args, image: tag("musl") }];
                if (storage.volumeName !== undefined) {
                    await assert.rejects(
                        db.up(musl),
                        /volumeName: \S+ holds the data, .* choose another volumeName .* Nothing was changed/,
                    );
                    assert.equal(await startedAt(db), start);
                } else {
                    for (const each of [musl, args]) {
                        await db.up(each);
                        assert.deepEqual(await readRows(subject, db), [7]);
                    }
                }
                assert.deepEqual(await leftOf(db.text("identifier")), things);
            });

            it("keeps the rows, and leaves no second copy of them", async () => {
                const id = await containerId(db);
                await db.up({ ...args, image: tag("same") });
                assert.notEqual(await containerId(db), id);
                assert.deepEqual(await readRows(subject, db), [7]);
                assert.equal(await docker("exec", db.text("identifier"), "cat", "/usr/share/more"), "more");
                const left = await leftOf(db.text("identifier"));
                assert.equal(left.length, things.length, left.join());
                const volume = storage.volumeName ?? (storage.storage ? `${db.text("identifier")}-2` : "undefined");
                assert.equal(db.text("volumeName"), volume);
                assert.deepEqual((await db.preview({ ...args, image: tag("same") })).said, []);
                await db.up({ ...args, image: tag("same"), environment: { A: "b" } });
                assert.deepEqual(await readRows(subject, db), [7]);
                assert.equal(db.text("volumeName"), volume);
            });
        });
    }
}

function memory(subject: Subject): void {
    it("that a restart emptied is told, and made anew by the next up before it is available again", async () => {
        const db = driver("memory");
        const args = { ...subject.args, storage: "tmpfs", dbName: "shop", username: "app" };
        try {
            await db.up(args);
            await writeRow(subject, db, 7);
            const { HostConfig } = await daemon.getContainer(db.text("identifier")).inspect();
            assert.equal(HostConfig.RestartPolicy?.Name, "no", "it must not come back empty, as if nothing had happened");
            const [id, url] = [await containerId(db), db.text("connectionString")];
            await daemon.getContainer(db.text("identifier")).restart();
            assert.match((await db.preview(args)).said.join(), /its server was restarted, and what it held in memory is lost/);
            await db.refresh();
            assert.notEqual(db.outputs.status, "available");
            await db.up(args);
            assert.equal(db.outputs.status, "available");
            assert.deepEqual([await containerId(db), db.text("connectionString")], [id, url]);
            assert.deepEqual(await readRows(subject, db), []);
            assert.deepEqual(await sql(subject, db, "SELECT current_user, current_database()"), [["app", "shop"]]);
            assert.deepEqual((await db.preview(args)).said, []);
            await daemon.getContainer(db.text("identifier")).stop();
            await db.up(args);
            assert.deepEqual(await readRows(subject, db), []);
        } finally {
            await db.destroy();
        }
    });
}
