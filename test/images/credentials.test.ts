import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HelperFailed } from "../../provider/images/credential-helper";
import { credentialsFor, registryOf } from "../../provider/images/credentials";
import type { Surroundings } from "../../provider/runtimes/docker-host";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the registry of an image", () => {
    const images: readonly (readonly [string, string])[] = [
        ["postgres", "docker.io"],
        ["postgres:17", "docker.io"],
        ["gvenzl/oracle-free:23", "docker.io"],
        ["docker.io/library/postgres", "docker.io"],
        ["index.docker.io/library/postgres", "docker.io"],
        ["registry.example/db/postgres:17", "registry.example"],
        ["registry.example:5000/postgres", "registry.example:5000"],
        ["localhost/postgres", "localhost"],
        ["localhost:5000/postgres@sha256:0123", "localhost:5000"],
        ["postgres@sha256:0123", "docker.io"],
        ["MYHOST/postgres", "MYHOST"],
    ];
    for (const [image, registry] of images) it(`of ${image} is ${registry}`, () => assert.equal(registryOf(image), registry));
});

describe("the login for a registry", () => {
    let home: string;
    let programs: string;
    const around = (env: NodeJS.ProcessEnv = {}): Surroundings => ({
        env: { PATH: `${programs}:${process.env.PATH}`, ...env },
        home,
        platform: process.platform,
        uid: 1000,
    });
    const configured = (config: object) => writeFileSync(join(home, ".docker/config.json"), JSON.stringify(config));

    /** A helper that says what is given, and keeps what it was asked. */
    function helper(name: string, says: string, exitCode = 0): void {
        const path = join(programs, `docker-credential-${name}`);
        writeFileSync(`${path}.says`, says);
        writeFileSync(path, `#!/bin/sh\necho "$*" > "$0.arguments"\ncat > "$0.asked"\ncat "$0.says"\nexit ${exitCode}\n`);
        chmodSync(path, 0o755);
    }
    const asked = (name: string, what = "asked") => readFileSync(join(programs, `docker-credential-${name}.${what}`), "utf8");
    const failure = async (registry: string): Promise<HelperFailed> => {
        const error: unknown = await credentialsFor(registry, around()).catch((fault: unknown) => fault);
        assert.ok(error instanceof HelperFailed, String(error));
        return error;
    };

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "cr-"));
        programs = join(home, "bin");
        mkdirSync(programs);
        mkdirSync(join(home, ".docker"));
    });
    afterEach(() => rmSync(home, { recursive: true }));

    it("is none without any settings", async () => {
        assert.equal(await credentialsFor("docker.io", around()), undefined);
    });

    it("is what docker login wrote, a colon in the password and all", async () => {
        configured({ auths: { "registry.example": { auth: base64("me:pass:word\0") } } });
        const login = { username: "me", password: "pass:word", serveraddress: "registry.example" };
        assert.deepEqual(await credentialsFor("registry.example", around()), login);
        assert.equal(await credentialsFor("other.example", around()), undefined);
    });

    it("is Docker Hub's under every name that the Hub has", async () => {
        const login = { username: "me", password: "pw", serveraddress: "https://index.docker.io/v1/" };
        for (const key of ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "https://registry-1.docker.io/v2/"]) {
            configured({ auths: { [key]: { auth: base64("me:pw") } } });
            assert.deepEqual(await credentialsFor("docker.io", around()), login, key);
        }
    });

    it("is found under keys with a scheme and a path, and sooner under the very name", async () => {
        configured({ auths: { "https://registry.example:5000/v1/": { username: "old", password: "pw" } } });
        assert.deepEqual(await credentialsFor("registry.example:5000", around()), {
            username: "old",
            password: "pw",
            serveraddress: "registry.example:5000",
        });
        configured({ auths: { "https://r.example/v1/": { auth: base64("old:pw") }, "r.example": { auth: base64("new:pw") } } });
        const login = await credentialsFor("r.example", around());
        assert.ok(login && "username" in login && login.username === "new");
    });

    it("is an identity token where one is written", async () => {
        configured({ auths: { "r.example": { auth: base64("00000000-0000:"), identitytoken: "token" } } });
        assert.deepEqual(await credentialsFor("r.example", around()), { identitytoken: "token", serveraddress: "r.example" });
    });

    it("is in DOCKER_AUTH_CONFIG before the file, and in the file where that has none", async () => {
        configured({ auths: { "a.example": { auth: base64("file:pw") }, "b.example": { auth: base64("file:pw") } } });
        const given = around({ DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "a.example": { auth: base64("env:pw") } } }) });
        assert.deepEqual(await credentialsFor("a.example", given), { username: "env", password: "pw", serveraddress: "a.example" });
        assert.deepEqual(await credentialsFor("b.example", given), { username: "file", password: "pw", serveraddress: "b.example" });
    });

    it("is read below DOCKER_CONFIG where that is set", async () => {
        mkdirSync(join(home, "elsewhere"));
        writeFileSync(join(home, "elsewhere/config.json"), JSON.stringify({ auths: { "r.example": { auth: base64("me:pw") } } }));
        assert.ok(await credentialsFor("r.example", around({ DOCKER_CONFIG: join(home, "elsewhere") })));
    });

    it("is asked of the registry's own helper before the general one and the file", async () => {
        helper("own", '{"ServerURL":"r.example","Username":"own","Secret":"s"}\n');
        helper("general", '{"ServerURL":"r.example","Username":"general","Secret":"s"}');
        const auths = { "r.example": { auth: base64("file:pw") } };
        configured({ credHelpers: { "r.example": "own" }, credsStore: "general", auths });
        assert.deepEqual(await credentialsFor("r.example", around()), { username: "own", password: "s", serveraddress: "r.example" });
        configured({ credsStore: "general", auths });
        assert.deepEqual(await credentialsFor("r.example", around()), { username: "general", password: "s", serveraddress: "r.example" });
    });

    it("is asked for by the registry alone, on the standard input", async () => {
        helper("keychain", '{"Username":"me","Secret":"s"}');
        configured({ credsStore: "keychain" });
        await credentialsFor("docker.io", around());
        assert.equal(asked("keychain"), "https://index.docker.io/v1/");
        assert.equal(asked("keychain", "arguments"), "get\n");
    });

    it("is an identity token where the helper says so", async () => {
        helper("keychain", '{"Username":"<token>","Secret":"token"}');
        configured({ credsStore: "keychain" });
        assert.deepEqual(await credentialsFor("r.example", around()), { identitytoken: "token", serveraddress: "r.example" });
    });

    it("is none, or the file's, where the helper knows none", async () => {
        helper("keychain", "credentials not found in native keychain\n", 1);
        configured({ credsStore: "keychain", auths: { "r.example": { auth: base64("me:pw") }, "other.example": {} } });
        assert.equal(await credentialsFor("other.example", around()), undefined);
        assert.deepEqual(await credentialsFor("r.example", around()), { username: "me", password: "pw", serveraddress: "r.example" });
    });

    it("is an error with the helper's name where that is missing, fails or babbles", async () => {
        configured({ credsStore: "desktop.exe" });
        assert.match((await failure("r.example")).message, /r\.example.*docker-credential-desktop\.exe is not on the PATH/);
        configured({ credsStore: "pass" });
        helper("pass", "pass store is uninitialized\n", 1);
        assert.match((await failure("r.example")).message, /docker-credential-pass ended with 1: pass store is uninitialized/);
        helper("pass", "hello", 0);
        assert.match((await failure("r.example")).message, /did not answer as a credential helper does/);
    });

    it("never gets into an error", async () => {
        configured({ credsStore: "odd" });
        helper("odd", '{"Username":"me","Secret":"hunter2"}', 3);
        assert.doesNotMatch((await failure("r.example")).message, /hunter2/);
        helper("odd", '{"Username":7,"Secret":"hunter2"}');
        assert.doesNotMatch((await failure("r.example")).message, /hunter2/);
        for (const broken of ['{"auths":{"r":{"password":"hunter2"}}', '{"auths":{"r":{"auth":7,"password":"hunter2"}}}']) {
            const given = around({ DOCKER_AUTH_CONFIG: broken });
            await assert.rejects(
                credentialsFor("r.example", given),
                (error: Error) => /^DOCKER_AUTH_CONFIG is/.test(error.message) && !/hunter2/.test(error.message),
            );
        }
    });
});
