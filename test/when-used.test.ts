import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const client = join(__dirname, "..", "dist", "runtimes", "docker-client.js");

/** What a process of its own prints, with what is shipped; `of` tells which of the packages it has loaded by then. */
async function printed(script: string): Promise<unknown> {
    const of = `const of = (...names) => names.filter((name) => Object.keys(require.cache).some((path) => path.includes("/node_modules/" + name + "/")))`;
    const { stdout } = await run(process.execPath, ["-e", `${of};\n${script}`], { cwd: join(__dirname, "..") });
    return JSON.parse(stdout);
}

describe("what libraries bring along and hardly anything uses", () => {
    it("is not loaded with them", async () => {
        const loaded = await printed(`
            require("pulumi-devdb/provider/v1");
            require(${JSON.stringify(client)}).dockerClient({ url: "unix:///nowhere" });
            require("zod");
            const languages = Object.keys(require.cache).filter((path) => path.includes("/locales/"));
            console.log(JSON.stringify([of("dockerode", "zod", "@grpc/grpc-js", "ssh2"), languages.length < 5]));`);
        assert.deepEqual(loaded, [["dockerode", "zod"], true]);
    });

    it("is loaded when it is used, by whomever", async () => {
        const used = await printed(`
            require("pulumi-devdb/provider/v1");
            require(${JSON.stringify(client)}).dockerClient({ url: "unix:///nowhere" });
            const session = require("dockerode/lib/session");
            const before = of("@grpc/grpc-js");
            session({ modem: { dial: (options) => console.log(JSON.stringify([before, of("@grpc/grpc-js"), options.path, require("zod").locales.de().localeError({ code: "invalid_type", expected: "string", input: 1 })])) } });`);
        assert.deepEqual(used, [[], ["@grpc/grpc-js"], "/session", "Ungültige Eingabe: erwartet string, erhalten Zahl"]);
    });
});
