import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ask } from "../support/ask";
import { docker, standing } from "../support/docker";
import { freePort } from "../support/port";
import { databases, project, type Stack } from "../support/stack";

const execute = promisify(execFile);

describe("what happened to a container outside Pulumi", () => {
    const shop = project();
    const names = ["stopped", "removed", "moved", "untouched"] as const;
    const container = (name: string) => `${shop.name}-dev-${name}`;
    const program = databases({ stopped: {}, removed: {}, moved: {}, untouched: {} });
    let stack: Stack;
    let urls: readonly string[];
    const urlsNow = () => Promise.all(names.map((name) => stack.output(name, "connectionString")));
    const tables = async () => (await Promise.all(urls.map((url) => ask(url, "SELECT to_regclass('kept')")))).map(([row]) => row?.[0]);
    const fill = () => Promise.all(urls.map((url) => ask(url, "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")));
    const disturb = async () => {
        await Promise.all([docker("stop", container("stopped")), docker("rm", "-fv", container("removed")), republish(container("moved"))]);
    };

    beforeEach(async () => {
        stack ??= await shop.stack("dev");
        await stack.up(program);
        urls = await urlsNow();
        await fill();
        await disturb();
    });

    it("is found and mended by a plain up, and the next one changes nothing", async () => {
        const before = await standing(container("untouched"));
        const preview = await stack.preview(program);
        assert.deepEqual(
            names.map((name) => preview.said(name)),
            [
                ["in place: its container is stopped"],
                ["in place: its container is gone"],
                [`in place: its container publishes another port than ${portOf(urls[2])}`],
                [],
            ],
        );
        await stack.up(program);
        assert.deepEqual(await tables(), ["kept", null, "kept", "kept"]);
        assert.deepEqual(await urlsNow(), urls);
        assert.deepEqual(await standing(container("untouched")), before);
        assert.equal((await stack.up(program)).changes, 0);
    });

    it("is found by refresh, and mended by the next up", async () => {
        await stack.refresh();
        assert.equal(await stack.output("stopped", "status"), "stopped");
        assert.equal(await stack.find("removed"), undefined);
        assert.equal(await stack.output("untouched", "status"), "available");
        const up = await stack.up(program);
        assert.deepEqual(
            names.map((name) => up.steps(name)),
            [["update"], ["create"], ["update"], ["same"]],
        );
        // What refresh took for deleted is made anew, with a port and a password of its own.
        urls = [urls[0] ?? "", await stack.output("removed", "connectionString"), urls[2] ?? "", urls[3] ?? ""];
        assert.deepEqual(await tables(), ["kept", null, "kept", "kept"]);
        assert.deepEqual(await urlsNow(), urls);
        assert.equal((await stack.up(program)).changes, 0);
    });

    const portOf = (url: string | undefined) => new URL(url ?? "").port;

    /** Another container of the same name, image, labels and data, with another port: what somebody makes who wants a port moved by hand. */
    async function republish(name: string): Promise<void> {
        const [info] = JSON.parse(await docker("container", "inspect", name));
        const labels = Object.entries(info.Config.Labels as Record<string, string>).flatMap(([key, value]) => [
            "--label",
            `${key}=${value}`,
        ]);
        const [entrypoint = "", ...words] = [...(info.Config.Entrypoint ?? []), ...(info.Config.Cmd ?? [])] as readonly string[];
        const variables = (info.Config.Env as readonly string[]).flatMap((variable) => ["--env", variable]);
        await docker("stop", name);
        await docker("rename", name, `${name}-was`);
        const publish = ["--publish", `127.0.0.1:${await freePort()}:5432`];
        const server = ["--user", info.Config.User, "--entrypoint", entrypoint, info.Image, ...words];
        await docker("create", "--name", name, ...labels, ...variables, ...publish, ...server);
        for (const place of ["/var/lib/devdb", "/etc/devdb"]) {
            await execute("sh", ["-c", 'docker cp "$1-was:$2" - | docker cp - "$1:$(dirname "$2")"', "sh", name, place]);
        }
        await docker("rm", "-fv", `${name}-was`);
        await docker("start", name);
    }
});
