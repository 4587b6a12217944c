import assert from "node:assert/strict";
import { readRows, writeRow } from "../support/client";
import { containerId, daemon, startedAt } from "../support/daemon";
import { docker } from "../support/docker";
import { plain, type Subject } from "../support/engines";
import { driver, stack } from "../support/instance";

const [shop, back] = [`devdb-test-${stack}-shop`, `devdb-test-${stack}-back`];

if (plain) describe("networks and limits", () => networks(plain!));

function networks(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const db = driver("net");
    const inspect = () => daemon.getContainer(db.text("identifier")).inspect();
    const joined = async () => Object.keys((await inspect()).NetworkSettings.Networks).sort();
    /** Without the container's own short id, which some daemons add. */
    const aliases = async (network: string) => {
        const { Id, NetworkSettings } = await inspect();
        const all: readonly string[] = NetworkSettings.Networks[network]?.Aliases ?? [];
        return all.filter((alias) => !Id.startsWith(alias)).sort();
    };
    /** Whether a container on that network reaches the server under a name. */
    const reaches = (network: string, name: string, image: string) =>
        docker("run", "--rm", "--network", network, "--entrypoint", "pg_isready", image, "-h", name).then(
            () => true,
            () => false,
        );
    let same: readonly string[];

    before(async () => {
        for (const name of [shop, back]) await daemon.createNetwork({ Name: name, CheckDuplicate: true });
        await db.up(base);
        await writeRow(subject, db, 7);
        same = [await containerId(db), await startedAt(db)];
    });
    afterEach(async () => {
        assert.deepEqual([await containerId(db), await startedAt(db)], same, "the server runs on");
        assert.deepEqual(await readRows(subject, db), [7]);
    });
    after(async () => {
        await db.destroy();
        for (const name of [shop, back]) await daemon.getNetwork(name).remove();
    });

    it("are none at first, and the server is published on loopback alone", async () => {
        const { HostConfig } = await inspect();
        assert.deepEqual([HostConfig.Memory, HostConfig.NanoCpus], [0, 0]);
        assert.deepEqual(await joined(), ["bridge"]);
        assert.equal(db.outputs.internalEndpoint, undefined);
        assert.ok(!(await listens("0.0.0.0", db.text("port"))));
    });

    it("are joined while it runs, under the identifier and the aliases, where other containers reach it", async () => {
        await db.up({ ...base, networks: [shop, back], aliases: ["main-db"] });
        const identifier = db.text("identifier");
        assert.deepEqual(await joined(), [back, "bridge", shop].sort());
        assert.deepEqual(await aliases(shop), [identifier, "main-db"].sort());
        assert.equal(db.outputs.internalEndpoint, `${identifier}:5432`);
        const image = (await inspect()).Image;
        for (const name of [identifier, "main-db"]) assert.ok(await reaches(shop, name, image), name);
    });

    it("lose an alias while it runs, also one that begins with the identifier", async () => {
        const replica = `${db.text("identifier")}-replica`;
        await db.up({ ...base, networks: [shop, back], aliases: ["main-db", replica] });
        assert.ok((await aliases(shop)).includes(replica));
        await db.up({ ...base, networks: [shop, back], aliases: ["main-db"] });
        assert.deepEqual(await aliases(shop), [db.text("identifier"), "main-db"].sort());
    });

    it("are left while it runs, and one that was joined by hand stays", async () => {
        await db.up({ ...base, networks: [shop] });
        assert.deepEqual(await joined(), ["bridge", shop]);
        await daemon.getNetwork(back).connect({ Container: db.text("identifier") });
        await db.up(base);
        assert.deepEqual(await joined(), [back, "bridge"].sort());
        await daemon.getNetwork(back).disconnect({ Container: db.text("identifier") });
    });

    it("are set and changed while it runs", async () => {
        const limits = async () => {
            const { HostConfig } = await inspect();
            return [HostConfig.Memory, HostConfig.NanoCpus];
        };
        await db.up({ ...base, memory: "256m", cpus: 0.5 });
        assert.deepEqual(await limits(), [256 * 1024 ** 2, 0.5e9]);
        await db.up({ ...base, memory: "512 MiB", cpus: 1 });
        assert.deepEqual(await limits(), [512 * 1024 ** 2, 1e9]);
        const { cpus } = { cpus: Math.min(2, (await daemon.info()).NCPU) };
        await db.up({ ...base, instanceClass: "db.t3.small" });
        assert.deepEqual(await limits(), [2 * 1024 ** 3, cpus * 1e9]);
        assert.deepEqual((await db.preview({ ...base, instanceClass: "db.t3.small" })).said, []);
    });

    it("that cannot be had are told, and the server runs on as it was", async () => {
        await assert.rejects(db.up({ ...base, instanceClass: "db.t3.small", networks: ["no-such-network"] }), /no-such-network/);
        assert.deepEqual((await db.preview({ ...base, instanceClass: "db.t3.small" })).said, []);
    });
}

if (plain)
    describe("publiclyAccessible", () => {
        it("publishes on every interface, and no longer once it is taken back", async () => {
            const db = driver("public");
            const args = { ...plain!.args, durability: "fast" };
            try {
                await db.up({ ...args, publiclyAccessible: true });
                const port = db.text("port");
                assert.ok(await listens("0.0.0.0", port));
                await writeRow(plain!, db, 7);
                await db.up(args);
                assert.equal(db.text("port"), port);
                assert.ok(!(await listens("0.0.0.0", port)));
                assert.deepEqual(await readRows(plain!, db), [7]);
            } finally {
                await db.destroy();
            }
        });
    });

/** Whether the daemon binds the port on that address, by its own word. */
async function listens(address: string, port: string): Promise<boolean> {
    const all = await daemon.listContainers();
    return all.some(({ Ports }) => Ports.some(({ IP, PublicPort }) => IP === address && PublicPort === Number(port)));
}
