import assert from "node:assert/strict";
import { vacancyShown } from "../../provider/engines/postgres-vacancy";
import { ask } from "../support/ask";
import { daemon } from "../support/daemon";
import { derivedImage, removeImage } from "../support/derived";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { plainImage } from "../support/plain-image";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { until } from "../support/under-way";

const tag = `devdb-test/busybox:${stack}`;

/**
 * The shell and the small programs of the official `-alpine` images, which have other options than GNU's, and no `stdbuf`. Their C library is not here. Our
 * own image's entrypoint has setpriv where the official ones have gosu.
 */
const lines = [
    "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends busybox",
    "RUN busybox --install -s /usr/local/sbin && rm -f /usr/local/sbin/setpriv /usr/bin/stdbuf",
];

if (plain)
    describe("PostgreSQL on an image with busybox", () => {
        const args = { engine: "postgres", image: tag, username: "app", dbName: "orders" };
        const source = driver("busybox");
        let directory: Awaited<ReturnType<typeof ownDirectory>>;
        const rows = (db: Driver) => ask(db.text("connectionString"), "SELECT value FROM kept ORDER BY value");
        const identifier = (db: Driver) => ask(db.text("connectionString"), "SELECT system_identifier::text FROM pg_control_system()");
        const copied = async (method: "logical" | "image", further: Readonly<Record<string, unknown>>) => {
            const [taken, copy] = [snapshotDriver(directory.path), driver("busybox", { config: { snapshotDirectory: directory.path } })];
            try {
                await taken.up({ dbInstanceIdentifier: source.text("identifier"), method });
                await copy.up({ ...args, username: "other", dbName: "copies", snapshotIdentifier: taken.id, ...further });
                assert.deepEqual(await rows(copy), [[1], [2]]);
                // Its shell shows and writes them, too.
                assert.notDeepEqual(await identifier(copy), await identifier(source));
                // What was restored is its user's own.
                await ask(copy.text("connectionString"), "ALTER TABLE kept ADD COLUMN more int; DROP TABLE kept");
            } finally {
                if (copy.exists) await copy.destroy();
                if (taken.exists) await taken.destroy();
            }
        };

        before(async () => {
            directory = await ownDirectory();
            await derivedImage(tag, await plainImage(), ...lines);
            const seeds = [
                { name: "table", sql: "CREATE TABLE kept (value int)" },
                { name: "rows", sql: "INSERT INTO kept VALUES (1), (2)" },
            ];
            await source.up({ ...args, seeds });
        });
        after(async () => {
            if (source.exists) await source.destroy();
            await removeImage(tag);
            await directory.remove();
        });

        it("starts from a primed layer, and runs its seeds", async () => {
            const shell = await docker(
                "exec",
                source.text("identifier"),
                "sh",
                "-c",
                "readlink -f /proc/self/exe; command -v stdbuf; true",
            );
            assert.match(shell.trim(), /\/busybox$/);
            const { Image } = await daemon.getContainer(source.text("identifier")).inspect();
            const { RepoTags, Config } = await daemon.getImage(Image).inspect();
            assert.match(RepoTags.join(), /^devdb\/primed-postgres:/);
            // Its tar unpacks the account.
            assert.match(Config.Labels["devdb.known"] ?? "", /^vacancy /m);
            assert.deepEqual(await rows(source), [[1], [2]]);
        });

        it("leaves a file as it is on which it tries whether its tar can unpack there", async () => {
            const tried = `
mkdir /tmp/tried && cd /tmp/tried || exit
echo whole >PG_VERSION
for n in $(seq 50); do
    { ${vacancyShown}; } 2>/dev/null
    cat *
done`;
            assert.deepEqual(
                (await docker("exec", source.text("identifier"), "sh", "-c", tried)).trim().split("\n"),
                Array.from({ length: 50 }, () => ["vacancy ", "whole"]).flat(),
            );
        });

        it("starts plainly", async () => {
            const db = driver("busybox");
            await db.up({ ...args, priming: false });
            assert.deepEqual(await ask(db.text("connectionString"), "SELECT current_user::text, current_database()::text"), [
                ["app", "orders"],
            ]);
            await db.destroy();
        });

        it("goes through a dump, on a layer and by the image's entrypoint", async () => {
            await copied("logical", {});
            await copied("logical", { storage: "tmpfs" });
        });

        it("goes through an image", () => copied("image", {}));

        it("is carried to a volume, and starts again there", async () => {
            const db = driver("busybox");
            const seeded = { ...args, seeds: [{ name: "rows", sql: "CREATE TABLE kept AS SELECT 7 AS value" }] };
            await db.up(seeded);
            await db.up({ ...seeded, storage: "volume" });
            assert.deepEqual(await rows(db), [[7]]);
            await docker("restart", db.text("identifier"));
            await until(async () =>
                rows(db).then(
                    () => true,
                    () => false,
                ),
            );
            assert.deepEqual(await rows(db), [[7]]);
            await db.destroy();
        });
    });
