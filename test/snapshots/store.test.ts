import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { defaultDirectory } from "../../provider/snapshots/directory";
import { findSnapshot, point, unpoint } from "../../provider/snapshots/lookup";
import { type Manifest, parseManifest } from "../../provider/snapshots/manifest";
import { contentOf, draft, type Purpose, removeStored, retag, verify } from "../../provider/snapshots/store";
import { ownDirectory } from "../support/snapshot";
import { usual } from "../support/stored";

const content = Buffer.concat([randomBytes(300_000), Buffer.alloc(500_000)]);

const maker = { run: "alive", isDead: (run: string) => run === "dead" };

async function write(into: Writable, bytes: Buffer): Promise<void> {
    into.end(bytes);
}

async function stored(
    directory: string,
    id = "one",
    purpose: Purpose = "new",
): Promise<{ readonly path: string; readonly manifest: Manifest }> {
    const writing = await draft(directory, id, maker, purpose);
    const globals = await writing.add("globals", (into) => write(into, Buffer.from("CREATE ROLE a;\n")));
    const file = await writing.add("database-1", (into) => write(into, content));
    const manifest: Manifest = {
        ...usual,
        id,
        ...{ users: ["app"], settings: {}, globals, databases: [{ name: "orders", settings: {}, extensions: [], file }], tags: {} },
        source: { identifier: "a", project: "b", stack: "c", name: "d", created: "e", daemon: "f" },
    };
    return { path: await writing.seal(manifest), manifest };
}

describe("a stored snapshot", () => {
    let directory: string;
    let remove: () => Promise<void>;
    beforeEach(async () => {
        ({ path: directory, remove } = await ownDirectory());
        directory = join(directory, "made", "here");
    });
    afterEach(() => remove());

    it("is what went in, with size and digest of what lies there, and is the user's alone", async () => {
        const { path, manifest } = await stored(directory);
        const [{ file }] = manifest.databases as [Manifest["databases"][number]];
        assert.deepEqual(await buffer(contentOf(path, file)), content);
        assert.equal((await stat(join(dirname(path), file.name))).size, file.size);
        assert.ok(file.size < content.length);
        await verify(path, manifest);
        for (const [place, mode] of [
            [directory, 0o700],
            [dirname(path), 0o700],
            [path, 0o600],
            [join(dirname(path), file.name), 0o600],
        ] as const)
            assert.equal((await stat(place)).mode & 0o777, mode, place);
        assert.deepEqual(findSnapshot("one", directory), { path, manifest });
    });

    it("has no name until all of it is written, and none where it failed", async () => {
        const writing = await draft(directory, "one", maker);
        await writing.add("globals", (into) => write(into, content));
        assert.equal(findSnapshot("one", directory), undefined);
        assert.deepEqual(
            (await readdir(directory)).filter((name) => !name.startsWith(".")),
            [],
        );
        await assert.rejects(
            writing.add("database-1", async (into) => {
                into.write(content);
                throw new Error("the tool was killed");
            }),
            /the tool was killed/,
        );
        await writing.discard();
        assert.deepEqual(await readdir(directory), []);
    });

    it("does not end well where what fills it fails after the last byte", async () => {
        const writing = await draft(directory, "one", maker);
        await assert.rejects(
            writing.add("database-1", async (into) => {
                into.end(content);
                await new Promise((resolve) => setTimeout(resolve, 50));
                throw new Error("it ended with 1");
            }),
            /it ended with 1/,
        );
        await writing.discard();
    });

    it("is refused where there is one of its name, from the beginning", async () => {
        const { path } = await stored(directory);
        await assert.rejects(draft(directory, "one", maker), /a snapshot one exists already .* choose another name, or delete that one/);
        assert.ok(findSnapshot("one", directory));
        assert.ok(path);
    });

    it("takes the place of another one only once it is whole", async () => {
        await stored(directory);
        const writing = await draft(directory, "one", maker, "replacing");
        await writing.add("globals", (into) => write(into, content));
        await writing.discard();
        const { path, manifest } = findSnapshot("one", directory)!;
        await verify(path, manifest);
        await stored(directory, "one", "replacing");
        assert.deepEqual(await readdir(directory), ["one"]);
    });

    it("that was cut, changed or lost a file is found out before anything is read from it", async () => {
        const { path, manifest } = await stored(directory);
        const place = join(dirname(path), manifest.databases[0]!.file.name);
        const whole = await readFile(place);
        const flipped = Buffer.from(whole);
        flipped[1000] = flipped[1000]! ^ 1;
        await writeFile(place, flipped);
        await assert.rejects(verify(path, manifest), /snapshot one is damaged: .*database-1.* is not what was written/);
        await truncate(place, 1000);
        await assert.rejects(verify(path, manifest), /damaged: .* has 1000 bytes and should have \d+/);
        await rm(place);
        await assert.rejects(verify(path, manifest), /damaged: .* is missing/);
        await writeFile(place, whole);
        await verify(path, manifest);
    });

    it("that was cut is a fault of the stream that reads it", async () => {
        const { path, manifest } = await stored(directory);
        const [{ file }] = manifest.databases as [Manifest["databases"][number]];
        await truncate(join(dirname(path), file.name), 1000);
        await assert.rejects(buffer(contentOf(path, file)), /unexpected end of file|zstd/i);
    });

    it("is removed whole, and twice", async () => {
        const { path } = await stored(directory);
        await removeStored(path);
        assert.deepEqual(await readdir(directory), []);
        await removeStored(path);
    });

    it("is found by the path of its manifest or folder, and by its id where a pointer says where it lies", async () => {
        const { path } = await stored(directory);
        assert.equal(findSnapshot(path, "/nowhere")?.path, path);
        assert.equal(findSnapshot(dirname(path), "/nowhere")?.path, path);
        const elsewhere = join(directory, "..", "elsewhere");
        await point("one", elsewhere, path);
        assert.equal(findSnapshot("one", elsewhere)?.path, path);
        await unpoint("one", elsewhere);
        assert.equal(findSnapshot("one", elsewhere), undefined);
    });

    it("that a killed process began goes with the next one, and one that another writes stays", async () => {
        const dead = await draft(directory, "one", { ...maker, run: "dead" });
        await dead.add("globals", (into) => write(into, content));
        const alive = await draft(directory, "two", maker);
        assert.equal((await readdir(directory)).filter((name) => name.startsWith(".one.")).length, 0);
        await stored(directory, "three");
        assert.equal((await readdir(directory)).filter((name) => name.startsWith(".two.")).length, 1);
        await alive.discard();
        assert.deepEqual(await readdir(directory), ["three"]);
        assert.deepEqual(
            (await readdir(join(directory, "three"))).filter((name) => name === "maker"),
            [],
        );
    });

    it("that is only for one run is whole and has no name, and goes with the next one where its maker died", async () => {
        const { path, manifest } = await stored(directory, "one", "passing");
        await verify(path, manifest);
        assert.equal(findSnapshot("one", directory), undefined);
        await (await draft(directory, "two", { ...maker, isDead: () => true })).discard();
        assert.deepEqual(await readdir(directory), []);
    });

    it("can have other tags", async () => {
        const { path, manifest } = await stored(directory);
        await retag(path, { ...manifest, tags: { a: "b" } });
        assert.deepEqual(findSnapshot("one", directory)?.manifest.tags, { a: "b" });
        assert.deepEqual(
            (await readdir(dirname(path))).filter((name) => name.endsWith(".new")),
            [],
        );
    });
});

describe("a manifest", () => {
    it("of a newer format is told as one", () => {
        assert.throws(
            () => parseManifest('{"format": 2}', "/a"),
            /\/a has format 2, and this version of pulumi-devdb reads up to 1: use a newer one/,
        );
    });
    it("that is none is told with what is wrong", () => {
        assert.throws(() => parseManifest("{", "/a"), /it is not JSON, or was cut/);
        assert.throws(() => parseManifest('{"format": 1}', "/a"), /\/a is not a snapshot's manifest: \w+ is wrong/);
    });
    it("names no file outside of its folder", async () => {
        const { path: directory, remove } = await ownDirectory();
        const { manifest } = await stored(directory);
        const text = JSON.stringify({ ...manifest, globals: { ...manifest.globals, name: "../../etc/passwd" } });
        assert.throws(() => parseManifest(text, "/a"), /globals\.name is wrong \(must be a plain file name\)/);
        await remove();
    });
});

describe("the directory of snapshots", () => {
    it("is below the user's data directory, by the platform's rule", () => {
        assert.equal(defaultDirectory({}, "linux", "/home/a"), "/home/a/.local/share/pulumi-devdb/snapshots");
        assert.equal(defaultDirectory({ XDG_DATA_HOME: "/data" }, "linux", "/home/a"), "/data/pulumi-devdb/snapshots");
        assert.equal(defaultDirectory({ XDG_DATA_HOME: "relative" }, "linux", "/home/a"), "/home/a/.local/share/pulumi-devdb/snapshots");
        assert.equal(defaultDirectory({}, "darwin", "/Users/a"), "/Users/a/Library/Application Support/pulumi-devdb/snapshots");
    });
});
