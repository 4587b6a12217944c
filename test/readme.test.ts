import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { type Block, blocksIn, linksIn } from "./support/blocks";
import { typeFaults } from "./support/compile";
import { scriptFaults } from "./support/typed-commands";

const root = resolve(__dirname, "..");
const examples = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const files = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...examples.map(({ name }) => join("examples", name, "README.md"))];

/** How a block of each language is checked; a language that is not here is a fault. */
const checks: Readonly<Record<string, (block: Block, file: string) => Promise<readonly string[]>>> = {
    sh: async ({ text }, file) => scriptFaults(text, join(root, dirname(file))),
    json: async ({ text }) => faultOf(() => JSON.parse(text)),
    yaml: async ({ text }) => faultOf(() => yaml().load(text)),
    // Compiled all at once, below.
    ts: async () => [],
    // What a program prints.
    text: async () => [],
};

for (const file of files) {
    describe(file, () => {
        const markdown = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined;

        it("is there", () => assert.notEqual(markdown, undefined));

        it("links to files that are there", () => {
            const missing = linksIn(markdown ?? "").filter((target) => !existsSync(join(root, dirname(file), target)));
            assert.deepEqual(missing, []);
        });

        for (const block of blocksIn(markdown ?? "")) {
            it(`has a right ${block.language || "unnamed"} block in line ${block.line}`, async () => {
                const check = checks[block.language];
                assert.ok(check, `there is no check for the language "${block.language}"`);
                assert.deepEqual(await check(block, file), []);
            });
        }
    });
}

describe("the TypeScript blocks of the documentation", () => {
    it("compile", function () {
        this.timeout(120_000);
        const texts = files.filter((file) => existsSync(join(root, file))).flatMap((file) => modulesOf(file));
        assert.deepEqual(typeFaults([], new Map(texts)), []);
    });
});

describe("the check of shell blocks", () => {
    const faults = (script: string) => scriptFaults(script, root);

    it("passes what is right", async () => {
        const right = `# A comment; "quoted
            npm i pulumi-devdb @pulumi/pulumi && npm start
            ENGINES=postgres npm test | cat > /dev/null
            psql "$(pulumi stack output url --show-secrets)"
            pulumi stack export | npx devdb gc --state - --yes`;
        assert.deepEqual(await faults(right), []);
    });

    for (const wrong of [
        "npm run nonsense",
        "npm i no-such-package-of-ours",
        "npx devdb sweep",
        "npx devdb gc --force",
        "npx nonsense",
        "pulumi nonsense",
        "pulumi up --nonsense",
        'psql "$(pulumi stack nonsense --nonsense)"',
        "docker nonsense",
        "tools/nonsense",
        "cd nonsense",
        "nonsense",
        "echo 'no end",
    ]) {
        it(`finds what is wrong with ${wrong}`, async () => assert.notDeepEqual(await faults(wrong), []));
    }
});

/** Every block a module of its own. One that imports nothing goes on from the last one that does, in a scope of its own. */
function modulesOf(file: string): readonly (readonly [name: string, text: string])[] {
    let base = 'import * as pulumi from "@pulumi/pulumi";\nimport * as devdb from "pulumi-devdb";\n';
    const blocks = blocksIn(readFileSync(join(root, file), "utf8")).filter(({ language }) => language === "ts");
    return blocks.map(({ text, line }) => {
        const whole = /^import /m.test(text);
        const module = whole ? text : `${base}\n{\n${text.replace(/^export (?=const|function|class)/gm, "")}\n}\n`;
        if (whole) base = text;
        // Only an ES module may await outside of a function.
        return [`${file}-line-${line}${/^\s*(?:const .*= )?await /m.test(module) ? ".mts" : ".ts"}`, module] as const;
    });
}

function faultOf(read: () => unknown): readonly string[] {
    try {
        read();
        return [];
    } catch (error) {
        return [String(error)];
    }
}

/** Pulumi's own reader of YAML, for it is Pulumi's files that are shown. */
function yaml(): { load(text: string): unknown } {
    return createRequire(require.resolve("@pulumi/pulumi/package.json"))("js-yaml");
}
