import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { docker } from "../support/docker";
import { type NarrowDaemon, narrowDaemon } from "../support/narrow-daemon";
import { type Program, project, type Stack } from "../support/stack";

const execute = promisify(execFile);

describe("npx devdb gc, by what pulumi stack export wrote", () => {
    const shop = project();
    let narrow: NarrowDaemon;
    let stack: Stack;
    let file: string;

    /** In a stranger's project, where npm has linked the command. */
    const gc = async (...words: readonly string[]) => {
        const command = ["devdb", "gc", "--json", "--host", narrow.host, ...words];
        const { stdout } = await execute("npx", command, { cwd: shop.folder, env: shop.env }).catch((error) => error);
        return JSON.parse(stdout) as Record<"remove" | "leave" | "unjudged", { readonly name: string; readonly outcome?: string }[]>;
    };
    const both: Program = ({ devdb }) => {
        new devdb.Instance("kept", { engine: "postgres", engineVersion: "17", durability: "fast" });
        new devdb.Instance("let-go", { engine: "postgres", engineVersion: "17", durability: "fast" }, { retainOnDelete: true });
    };
    const one: Program = ({ devdb }) => {
        new devdb.Instance("kept", { engine: "postgres", engineVersion: "17", durability: "fast" });
    };

    before(async () => {
        narrow = await narrowDaemon(shop.name);
        stack = await shop.stack("dev");
        file = join(shop.folder, "exported.json");
        await stack.up(both);
    });
    after(() => narrow?.close());

    it("removes nothing that the state has", async () => {
        await writeFile(file, await stack.exported());
        assert.deepEqual(await gc("--yes", "--state", file).then(({ remove, leave, unjudged }) => [...remove, ...leave, ...unjudged]), []);
    });

    it("removes what the state has no more, and nothing else", async () => {
        await stack.up(one);
        await writeFile(file, await stack.exported());
        const { remove } = await gc("--yes", "--state", file);
        assert.deepEqual(
            remove.map(({ name, outcome }) => [name, outcome]),
            [[`${shop.name}-dev-let-go`, "removed"]],
        );
        assert.equal(await docker("ps", "--format", "{{.Names}}", "--filter", `label=devdb.project=${shop.name}`), `${shop.name}-dev-kept`);
    });

    it("has to be told which stack an empty state is of", async () => {
        await stack.up(both);
        await stack.destroy();
        await writeFile(file, await stack.exported());
        const alone = await gc("--yes", "--state", file);
        assert.deepEqual(alone.remove, []);
        assert.deepEqual(
            alone.unjudged.map(({ name }) => name),
            [`${shop.name}-dev-let-go`],
        );
        const told = await gc("--yes", "--state", file, "--stack", `${shop.name}/dev`);
        assert.deepEqual(
            told.remove.map(({ name, outcome }) => [name, outcome]),
            [[`${shop.name}-dev-let-go`, "removed"]],
        );
    });
});
