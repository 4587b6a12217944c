import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { readRows, sql, writeRow } from "../support/client";
import { daemon, leftOf } from "../support/daemon";
import { derivedImage, removeImage } from "../support/derived";
import { docker } from "../support/docker";
import { families, plain, type Subject } from "../support/engines";
import { faulty } from "../support/faulty-runtime";
import { type Driver, driver, stack } from "../support/instance";
import { plainImage } from "../support/plain-image";
import { until } from "../support/under-way";

/** What a server says of itself that no other may say. */
const identity: Readonly<Record<string, string>> = { mysql: "SELECT @@server_uuid", mariadb: "SELECT @@server_uid" };

const settings: Readonly<Record<string, { readonly asked: string; readonly durable: string; readonly fast: string }>> = {
    postgres: { asked: "SELECT current_setting('fsync') || current_setting('synchronous_commit')", durable: "onon", fast: "offoff" },
    mysql: { asked: "SELECT CONCAT(@@innodb_flush_log_at_trx_commit, @@sync_binlog)", durable: "11", fast: "00" },
    mariadb: { asked: "SELECT CONCAT(@@innodb_flush_log_at_trx_commit, @@sync_binlog)", durable: "10", fast: "00" },
};

const mysqlAccounts = (server: string, client: string) =>
    // The layer has its large files without their empty ends.
    `cd /var/lib/devdb/data; while read -r length file; do truncate -c -s "$length" "$file"; done <../lengths
    ${server} --no-defaults --user=mysql --datadir=/var/lib/devdb/data --skip-networking --skip-grant-tables --socket=/tmp/socket >/tmp/log 2>&1 &
    for i in $(seq 300); do
        ${client} --no-defaults --socket=/tmp/socket --skip-column-names --execute="SELECT CONCAT_WS(' ', 'account', user, host, authentication_string) FROM mysql.user" && exit
        sleep 0.1
    done 2>/dev/null
    cat /tmp/log`;
/** What the server knows of its users, and what that may be: no password, or one that nothing hashes to; then only over the socket. */
const accounts: Readonly<Record<string, { readonly script: string; readonly harmless: RegExp }>> = {
    postgres: {
        script: `cd /tmp; query="SELECT concat('account ', rolname, ' ', coalesce(rolpassword, 'none')) AS it FROM pg_authid"
            echo "$query" | su postgres -c "PATH=$PATH postgres --single -D /var/lib/devdb/data postgres" | sed -n 's/.*it = "\\(account .*\\)".*(typeid.*/\\1/p'`,
        harmless: /^account (pg_\w+ none|(postgres|devdb_vacant) SCRAM-SHA-256\$4096:A{22}==\$A{43}=:A{43}=)$/,
    },
    mysql: {
        script: mysqlAccounts("mysqld", "mysql"),
        harmless:
            /^account (root localhost ?|mysql\.\w+ localhost \$A\$005\$THISISACOMBINATIONOFINVALIDSALTANDPASSWORDTHATMUSTNEVERBRBEUSED)$/,
    },
    mariadb: { script: mysqlAccounts("mariadbd", "mariadb"), harmless: /^account (root|mysql|mariadb\.sys) localhost ?(invalid)?$/ },
};

for (const subject of families.filter(({ proof }) => proof === "real"))
    describe(`a primed layer of ${subject.title}`, () => primes(subject));
if (plain) describe("an image that is primed", () => images(plain as Subject));

async function imageOf(db: Driver): Promise<string> {
    return (await daemon.getContainer(db.text("identifier")).inspect()).Image;
}

/** What a script of root's prints in an instance's container. */
async function printed(db: Driver, script: string): Promise<string> {
    const exec = await daemon.getContainer(db.text("identifier")).exec({ Cmd: ["sh", "-c", script], AttachStdout: true, User: "root" });
    const stream = await exec.start({ hijack: true, stdin: false });
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(stream, "end");
    return Buffer.concat(chunks).toString();
}

/** Of the files that `stat` has listed, after the length that each is to have. */
function bytes(listed: string): number {
    return listed.split("\n").reduce((sum, line) => sum + Number(line.split(" ")[1] ?? 0), 0);
}

async function primedImages(family: string): Promise<string[]> {
    const images = await daemon.listImages();
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`devdb/primed-${family}:`));
}

function primes(subject: Subject): void {
    const [one, other] = [driver("primed"), driver("primed")];
    const args = { ...subject.args, dbName: "kept" };
    let layer = "";

    before(() => Promise.all([one.up(args), other.up(args)]));
    after(() => Promise.all([one.destroy(), other.destroy()]));

    it("is what an instance starts from, with nothing asked for", async () => {
        const [tag = ""] = (await daemon.getImage(await imageOf(one)).inspect()).RepoTags;
        assert.match(tag, new RegExp(`^devdb/primed-${subject.family}:[0-9a-f]{12}$`));
        assert.equal(await imageOf(other), await imageOf(one));
        layer = tag;
    });

    it("is labelled, and says what it was made of", async () => {
        const { Config } = await daemon.getImage(layer).inspect();
        assert.equal(Config.Labels["devdb.role"], "primed");
        assert.equal(Config.Labels["devdb.identifier"], "");
        const { Config: container } = await daemon.getContainer(one.text("identifier")).inspect();
        assert.equal(Config.Labels["devdb.image"], container.Labels["devdb.image"]);
    });

    it("gives each instance its own password, and its own data", async () => {
        assert.notEqual(one.text("password"), other.text("password"));
        await writeRow(subject, one, 1);
        assert.deepEqual(await readRows(subject, one), [1]);
        assert.deepEqual(await readRows(subject, other), []);
    });

    it("leaves no process beside the server, and nothing of one that ended", async () => {
        // The daemon does not list those that ended, and whose end nobody asked for.
        const children = `cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^[0-9]* (\\(.*\\)) \\(.\\) 1 .*/\\1 \\2/p'`;
        const left = async () =>
            (await printed(one, children)).split("\n").filter((line) => /[a-z]/.test(line) && !/postgres [^Z]/.test(line));
        await until(async () => (await left()).length === 0).catch(async () => assert.deepEqual(await left(), []));
    });

    const asked = identity[subject.family];
    if (asked) {
        it("gives each server its own identity", async () => {
            assert.notDeepEqual(await sql(subject, one, asked), await sql(subject, other, asked));
        });

        it("gives each server keys of its own, which only it can read", async () => {
            const script = "cd /var/lib/devdb/data; ls -l server-key.pem; cat server-key.pem server-cert.pem";
            const [first = "", second = ""] = await Promise.all([one, other].map((db) => printed(db, script)));
            for (const text of [first, second]) assert.match(text, /-rw------- 1 mysql mysql .*BEGIN PRIVATE KEY.*BEGIN CERTIFICATE/s);
            const keys = [first, second].map((text) => /BEGIN PRIVATE KEY-----([^-]*)/.exec(text)?.[1]);
            assert.notEqual(keys[0], keys[1]);
        });

        it("gives the large files, of which it holds the beginnings, back their length", async () => {
            const script = `cd /var/lib/devdb/data; while read -r length file; do stat -c "$length %s %n" "$file"; done <../lengths`;
            const whole = (await docker("exec", one.text("identifier"), "sh", "-c", script)).split("\n");
            assert.ok(whole.length > 4, whole.join("\n"));
            for (const line of whole) assert.match(line, /^(\d+) \1 /);
            const cut = await docker("run", "--rm", "--network=none", "--entrypoint=sh", layer, "-c", script);
            assert.ok(bytes(cut) < bytes(whole.join("\n")) / 2, cut);
        });

        it("knows the time zones", async () => {
            const local = "CONVERT_TZ('2026-07-01 12:00:00', 'UTC', 'Europe/Berlin')";
            assert.deepEqual(await sql(subject, one, `SELECT CAST(${local} AS CHAR)`), [["2026-07-01 14:00:00"]]);
        });
    }

    if (subject.family === "mariadb") {
        it("lists what the server opens, which is copied out of it beside the start", async () => {
            const script = "cd /var/lib/devdb/data; while read -r file; do [ -s $file ] && echo $file; done <../ahead";
            const opened = (await docker("run", "--rm", "--network=none", "--entrypoint=sh", layer, "-c", script)).trim().split("\n");
            for (const file of ["aria_log_control", "mysql/global_priv.MAI", "mysql/time_zone_name.MAD"])
                assert.ok(opened.includes(file), file);
        });

        it("keeps the time zones in tables with a log, though they were loaded without", async () => {
            const logged = "table_schema = 'mysql' AND table_name LIKE 'time_zone%' AND create_options LIKE '%transactional=1%'";
            assert.deepEqual(await sql(subject, one, `SELECT COUNT(*) FROM information_schema.tables WHERE ${logged}`), [["5"]]);
        });
    }

    it("holds no key, identity, binary log or password", async () => {
        const script =
            "cd /var/lib/devdb; ls data; ls -a . ; cat client.cnf bootstrap init.sql /etc/devdb/init.sql /etc/devdb/bootstrap 2>/dev/null; true";
        const made = await daemon.createContainer({
            Image: layer,
            Entrypoint: ["sh", "-c", script],
            User: "root",
            name: `devdb-test-${stack}-look`,
        });
        try {
            await made.start();
            await made.wait();
            const listing = (await made.logs({ stdout: true, stderr: true })).toString();
            assert.doesNotMatch(listing, /\.pem|auto\.cnf|binlog|password|IDENTIFIED/i);
        } finally {
            await made.remove({ force: true, v: true });
        }
    });

    it("has no user with a password that works", async () => {
        const { script, harmless } = accounts[subject.family] ?? { script: "", harmless: /^$/ };
        const said = await docker("run", "--rm", "--network=none", "--user=root", "--entrypoint=sh", layer, "-c", script);
        const found = said.split("\n").filter((line) => line.startsWith("account "));
        assert.ok(found.length > 0, said);
        for (const account of found) assert.match(account, harmless);
    });

    it("leaves no password behind in an instance's files once it has answered", async () => {
        assert.ok(!(await printed(one, "cat /etc/devdb/* 2>/dev/null")).includes(one.text("password")));
    });

    it("is as durable as the server's own defaults, and fast only where that was asked for", async () => {
        const { asked: question = "", durable, fast } = settings[subject.family] ?? {};
        assert.deepEqual(await sql(subject, one, question), [[durable]]);
        await other.up({ ...args, durability: "fast" });
        assert.deepEqual(await sql(subject, other, question), [[fast]]);
    });
}

function images(subject: Subject): void {
    const tag = `devdb-test/${stack}`;
    const made: Driver[] = [];
    const another = (config = {}): Driver => {
        const db = driver("priming", { config });
        made.push(db);
        return db;
    };

    let base = "";
    before(async () => {
        base = await plainImage();
        await derivedImage(
            `${tag}:17-with-files`,
            base,
            "RUN echo 'CREATE TABLE kept AS SELECT 41 AS value' >/docker-entrypoint-initdb.d/first.sql",
        );
    });
    after(async () => {
        for (const db of made) await db.destroy().catch(() => undefined);
        for (const { RepoTags } of await daemon.listImages()) {
            for (const each of RepoTags ?? []) if (each.startsWith(tag)) await removeImage(each);
        }
    });

    it("is not one with first-start files of its own: they run", async () => {
        const db = another();
        await db.up({ ...subject.args, image: `${tag}:17-with-files` });
        assert.deepEqual(await readRows(subject, db), [41]);
    });

    it("is not one with an entrypoint of its own", async () => {
        await derivedImage(`${tag}:17-wrapped`, base, 'ENTRYPOINT ["env", "WRAPPED=yes", "docker-entrypoint.sh"]');
        const db = another();
        await db.up({ ...subject.args, image: `${tag}:17-wrapped` });
        const { Path } = await daemon.getContainer(db.text("identifier")).inspect();
        assert.equal(Path, "env");
    });

    it("is left alone where priming is switched off, by argument or configuration", async () => {
        for (const [config, args] of [
            [{}, { priming: false }],
            [{ priming: false }, {}],
        ]) {
            const db = another(config);
            await db.up({ ...subject.args, ...args });
            const { Image, Config } = await daemon.getContainer(db.text("identifier")).inspect();
            assert.equal(Image, Config.Labels["devdb.image"]);
        }
    });

    it("is started with an account of its own, primed or plainly, by no call into the container", async () => {
        const root = { username: "postgres", dbName: "postgres" };
        const app = { username: "app", dbName: "app" };
        // Its log is in a file, so that nobody hears when the server is up.
        const unheard = { ...app, parameters: { logging_collector: "on" } };
        for (const args of [root, app, unheard, { ...root, priming: false, storage: "tmpfs" }]) {
            const db = another();
            const watched = faulty({ at: Number.POSITIVE_INFINITY, when: "before", forGood: false, counts: () => true });
            db.conduct = { connect: watched.connect };
            await db.up({ ...subject.args, ...args });
            db.conduct = undefined;
            assert.deepEqual(
                watched.calls.filter((call) => call.startsWith("exec")),
                [],
            );
            const names = new Set([args.dbName, "postgres", "template0", "template1"]);
            assert.deepEqual(
                await sql(subject, db, "SELECT datname FROM pg_database WHERE datconnlimit = -1 ORDER BY 1"),
                [...names].sort().map((name) => [name]),
            );
            assert.deepEqual(await sql(subject, db, "SELECT count(*) FROM pg_database"), [[String(names.size)]]);
        }
    });

    it("is left alone where the environment decides how the server initialises itself", async () => {
        const db = another();
        await db.up({ ...subject.args, environment: { TZ: "Asia/Tokyo" } });
        assert.deepEqual(await sql(subject, db, "SHOW timezone"), [["Asia/Tokyo"]]);
    });

    it("is started plainly where the layer cannot be made, and nothing of that stays", async () => {
        await derivedImage(`${tag}:17-once`, base, `LABEL step=0-${stack}`);
        const db = another();
        const broken = faulty({ at: 1, when: "before", forGood: false, counts: (call) => call.startsWith("images.commit") });
        db.conduct = { connect: broken.connect };
        await db.up({ ...subject.args, image: `${tag}:17-once` });
        assert.ok(broken.hit());
        assert.equal(await imageOf(db), (await daemon.getImage(`${tag}:17-once`).inspect()).Id);
        assert.deepEqual(await leftOf("devdb-primed-postgres-"), []);
    });

    it("is primed by one call into a container that is gone when the first instance is there", async () => {
        const db = another();
        const watched = faulty({ at: Number.POSITIVE_INFINITY, when: "before", forGood: false, counts: () => true });
        db.conduct = { connect: watched.connect };
        await db.up({ ...subject.args, image: `${tag}:17-once` });
        const priming = watched.calls.filter((call) => / devdb-primed-postgres-\w+\.new$/.test(call)).map((call) => call.split(" ")[0]);
        assert.deepEqual(priming, ["start", "exec", "copyIn", "images.commit", "remove"]);
        assert.deepEqual(await leftOf("devdb-primed-postgres-"), []);
    });

    it("is primed anew when its name moves to another image; the old layer stays while it is in use, and then goes with the next priming", async () => {
        const moved = async (step: number) => {
            await derivedImage(`${tag}:17-moving`, base, `LABEL moved=${step}-${stack}`);
            const db = another();
            await db.up({ ...subject.args, image: `${tag}:17-moving` });
            const [layer = ""] = (await daemon.getImage(await imageOf(db)).inspect()).RepoTags;
            return { db, layer, image: (await daemon.getImage(`${tag}:17-moving`).inspect()).Id };
        };
        const there = async (layer: string) => (await primedImages("postgres")).includes(layer);
        const first = await moved(1);
        await writeRow(subject, first.db, 1);
        const second = await moved(2);
        assert.notEqual(second.layer, first.layer);
        assert.ok(await there(first.layer), "it is in use");
        assert.deepEqual(await readRows(subject, first.db), [1]);
        for (const { db } of [first, second]) await db.destroy();
        const third = await moved(3);
        assert.deepEqual([await there(first.layer), await there(second.layer), await there(third.layer)], [false, false, true]);
        await third.db.destroy();
        for (const { image } of [first, second]) await removeImage(image);
    });

    it("is primed once by two processes at a time, and one that is killed leaves nothing that the next does not take away", async () => {
        await derivedImage(`${tag}:17-shared`, base, `LABEL step=3-${stack}`);
        const before = new Set(await primedImages("postgres"));
        const script = join(__dirname, "..", "support", "make-one.ts");
        const run = (name: string) =>
            spawn(process.execPath, ["--import", "tsx", script, name, `${tag}:17-shared`], { stdio: ["ignore", "inherit", "inherit"] });
        const killed = run(`devdb-test-${stack}-killed`);
        const gone = once(killed, "close");
        for (let tries = 0; tries < 400 && (await leftOf("devdb-primed-postgres-")).length === 0; tries += 1)
            await new Promise((resolve) => setTimeout(resolve, 25));
        killed.kill("SIGKILL");
        await gone;
        const [half = ""] = await leftOf("devdb-primed-postgres-");
        assert.equal((await daemon.getContainer(half).inspect()).HostConfig.NetworkMode, "none");
        const both = [run(`devdb-test-${stack}-one`), run(`devdb-test-${stack}-other`)];
        const codes = await Promise.all(both.map(async (child) => (await once(child, "close"))[0] as number));
        assert.deepEqual(codes, [0, 0]);
        assert.equal((await primedImages("postgres")).filter((each) => !before.has(each)).length, 1);
        assert.deepEqual(await leftOf("devdb-primed-postgres-"), []);
        assert.deepEqual(await leftOf(`devdb-test-${stack}-one`), []);
    });
}
