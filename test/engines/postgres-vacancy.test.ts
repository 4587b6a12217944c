import assert from "node:assert/strict";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { verifier } from "../../provider/engines/postgres-account";
import { isOnlyLeaf, keyOf } from "../../provider/engines/postgres-index";
import { isPage, itemsOf, pageSize } from "../../provider/engines/postgres-page";
import { dataOf, oidSize, padded } from "../../provider/engines/postgres-row";
import { occupied, shownVacancy, vacancyPaths } from "../../provider/engines/postgres-vacancy";
import { vacancies } from "./postgres-layers";

const secret = verifier("secret", "random");
const [roles, roleNames, databases, databaseNames, owners] = ["global/1260", "global/2676", "global/1262", "global/2671", "global/1214"];

/** Names that the server takes as they are: of up to 63 bytes, and none that it has already. */
const names = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 63 })
    .filter((name) => Buffer.byteLength(name) < 64 && Buffer.from(name).toString() === name && !/\0|^pg_|^template[01]$/.test(name));

for (const [version, pages] of Object.entries(vacancies))
    describe(`the account's place in a layer of PostgreSQL ${version}`, () => {
        const known = `control 00 00\nvacancy ${pages}`;
        const layer = inflateRawSync(Buffer.from(pages, "base64"));
        const filesFor = (username: string, dbName: string) => {
            const files = occupied(known, { username, dbName }, secret);
            assert.ok(files);
            const page = (path = "") => files.find((file) => file.path === path)?.content.subarray(-pageSize) ?? Buffer.alloc(0);
            return { files, page };
        };
        const keys = (page: Buffer) => itemsOf(page).map((entry) => keyOf(entry).toString());
        const changed = (change: (layer: Buffer) => void) => {
            const copy = Buffer.from(layer);
            change(copy);
            return `vacancy ${deflateRawSync(copy).toString("base64")}`;
        };

        it("is what the layer's maker shows", () => {
            const shown = shownVacancy(`Success.\nvacancy ${layer.toString("hex")}\n`);
            assert.ok(shown && known.endsWith(shown));
            assert.equal(shownVacancy("Success.\n"), undefined);
            assert.equal(shownVacancy(`vacancy ${layer.subarray(1).toString("hex")}\n`), undefined);
        });

        it("takes any names, in pages of the same length that are sound and in order", () => {
            fc.assert(
                fc.property(names, names, (username, dbName) => {
                    const { files, page } = filesFor(username, dbName);
                    assert.deepEqual(
                        files.map(({ path }) => path),
                        vacancyPaths,
                    );
                    assert.equal(Buffer.concat(files.map(({ content }) => content)).length, layer.length);
                    for (const path of [roles, databases, owners]) assert.ok(isPage(page(path), 0), path);
                    for (const [path, name] of [
                        [roleNames, username],
                        [databaseNames, dbName],
                    ]) {
                        assert.ok(isPage(page(path), 1) && isOnlyLeaf(page(path)), path);
                        const found = keys(page(path));
                        assert.ok(found.includes(name ?? ""), name);
                        assert.deepEqual(
                            found,
                            found.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
                        );
                    }
                    const named = (path: string | undefined, name: string) =>
                        itemsOf(page(path)).filter((row) => dataOf(row).subarray(oidSize).subarray(0, 64).equals(padded(name)));
                    const [role] = named(roles, username).filter((row) => row.includes(secret));
                    assert.ok(role);
                    assert.equal(named(databases, dbName).length, 1);
                }),
                { numRuns: 200 },
            );
        });

        it("has the verifier once, and no name of ours", () => {
            const { files } = filesFor("app", "orders");
            const all = Buffer.concat(files.map(({ content }) => content));
            assert.equal(all.toString("latin1").split(secret).length, 2);
            for (const name of ["devdb_vacant", "devdb_spare"]) assert.ok(!all.includes(name), name);
        });

        it("is left, where it is not as a layer's maker leaves it", () => {
            const refused = (change: (layer: Buffer) => void) =>
                assert.equal(occupied(changed(change), { username: "app", dbName: "orders" }, secret), undefined);
            // A page of another kind, a page that everybody sees all rows of, an index of several levels, and without the role.
            refused((copy) => copy.writeUInt16LE(4096 | 4, 18));
            refused((copy) => copy.writeUInt16LE(copy.readUInt16LE(10) | 4, 10));
            refused((copy) => copy.writeUInt32LE(1, 3 * pageSize - 16 + 8));
            refused((copy) => copy.write("devdb_other ", copy.indexOf("devdb_vacant")));
            if (version === "18") refused((copy) => copy.writeUInt8(1, 30 * 8 + 2000));
            for (const odd of ["", "control 00 00", "vacancy AwA="])
                assert.equal(occupied(odd, { username: "app", dbName: "orders" }, secret), undefined);
        });
    });
