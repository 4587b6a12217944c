import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { typeFaults } from "../support/compile";

const root = join(__dirname, "..", "..");
const folders = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const names = folders.map(({ name }) => name);
const files = readdirSync(join(root, "examples"), { recursive: true }).map(String);
const own = files.filter((file) => !file.includes("node_modules"));

describe("the examples", () => {
    it("compile", function () {
        this.timeout(120_000);
        const sources = own.filter((file) => file.endsWith(".ts")).map((file) => join("examples", file));
        assert.ok(sources.length >= names.length);
        assert.deepEqual(typeFaults(sources), []);
    });

    for (const name of names) {
        it(`${name} has a test that runs it`, () => {
            assert.ok(readdirSync(__dirname).includes(`${name}.test.ts`));
        });

        it(`${name} says how it is run and what it demonstrates`, () => {
            const readme = readFileSync(join(root, "examples", name, "README.md"), "utf8");
            assert.match(readme, new RegExp(`^# ${name}\n\n[^\n]+\n\n## Run\n[^]+\n## What this demonstrates\n\n- `));
        });
    }

    for (const file of own.filter((each) => each.endsWith("package.json"))) {
        it(`${file} is a private project that names what it imports`, () => {
            const folder = join(root, "examples", file, "..");
            const manifest = JSON.parse(readFileSync(join(root, "examples", file), "utf8"));
            const ours = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
            assert.equal(manifest.private, true);
            const named = { ...manifest.dependencies, ...manifest.devDependencies };
            assert.equal(named["@pulumi/pulumi"], ours.peerDependencies["@pulumi/pulumi"]);
            if ("pulumi-devdb" in named) assert.equal(named["pulumi-devdb"], `^${ours.version}`);
            const texts = readdirSync(folder).filter((each) => each.endsWith(".ts"));
            const imported = texts.flatMap((each) => [
                ...readFileSync(join(folder, each), "utf8").matchAll(/from "((?:@[\w-]+\/)?[\w-]+)/g),
            ]);
            const missing = imported.map(([, name = ""]) => name).filter((name) => name !== "node" && !(name in named));
            assert.deepEqual(missing, []);
        });
    }
});
