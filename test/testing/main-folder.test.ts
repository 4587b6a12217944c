import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mainFolder } from "../../provider/testing/main-folder";

describe("the folder from which the provider starts", () => {
    let root: string;
    const installed = async (folder: string) => {
        for (const name of ["@pulumi/pulumi", "pulumi-devdb"]) {
            const place = join(folder, "node_modules", name);
            await mkdir(place, { recursive: true });
            await writeFile(join(place, "package.json"), "{}");
        }
    };

    before(async () => {
        root = await mkdtemp(join(tmpdir(), "devdb-main-"));
        await mkdir(join(root, "project", "packages", "a"), { recursive: true });
        await mkdir(join(root, "elsewhere"));
        await installed(join(root, "project"));
    });
    after(() => rm(root, { recursive: true, force: true }));

    it("is the working directory, also in a workspace's package", () => {
        const folder = join(root, "project", "packages", "a");
        assert.equal(mainFolder(folder), folder);
    });

    it("is where this package is installed when the runner was started elsewhere", () => {
        const own = join(root, "project", "node_modules", "pulumi-devdb", "dist", "testing");
        assert.equal(mainFolder(join(root, "elsewhere"), own), join(root, "project"));
    });

    it("is the working directory where neither has them, for Pulumi to say what is missing", () => {
        assert.equal(mainFolder(join(root, "elsewhere"), join(root, "elsewhere")), join(root, "elsewhere"));
    });
});
