import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dockerClient, type Endpoint, findEndpoint, NoDocker, type Surroundings } from "../../provider/runtimes/docker-host";

describe("the place of the engine", () => {
    let home: string;
    let servers: Server[];
    const around = (env: NodeJS.ProcessEnv = {}): Surroundings => ({ env, home, platform: "linux", uid: 1000, root: join(home, "root") });

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "dh-"));
        servers = [];
    });
    afterEach(async () => {
        await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
        rmSync(home, { recursive: true });
    });

    async function listening(path: string, answer: RequestListener = (_, response) => response.end("OK")): Promise<string> {
        mkdirSync(dirname(path), { recursive: true });
        const server = createServer(answer);
        servers.push(server);
        await new Promise<void>((ready) => server.listen(path, ready));
        return `unix://${path}`;
    }

    function context(name: string, host: string, tls: Readonly<Record<string, string>> = {}, more: object = {}): void {
        const id = createHash("sha256").update(name).digest("hex");
        const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, ...more } } };
        put(`.docker/contexts/meta/${id}/meta.json`, JSON.stringify(meta));
        for (const [file, text] of Object.entries(tls)) put(`.docker/contexts/tls/${id}/docker/${file}`, text);
    }

    function put(path: string, text: string): void {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        writeFileSync(join(home, path), text);
    }

    const always = () => Promise.resolve(true);
    const failure = async (settings: Parameters<typeof findEndpoint>[0], env: NodeJS.ProcessEnv = {}): Promise<NoDocker> => {
        const error: unknown = await findEndpoint(settings, around(env)).catch((fault: unknown) => fault);
        assert.ok(error instanceof NoDocker, String(error));
        return error;
    };

    describe("that somebody named", () => {
        it("is the runtime argument's host before DOCKER_HOST", async () => {
            const url = await listening(join(home, "here.sock"));
            const found = await findEndpoint({ host: url }, around({ DOCKER_HOST: "unix:///nowhere.sock" }));
            assert.deepEqual(found, { url, found: "the runtime argument" });
        });

        it("is the runtime argument's context before DOCKER_HOST", async () => {
            context("colima", await listening(join(home, "colima.sock")));
            const found = await findEndpoint({ context: "colima" }, around({ DOCKER_HOST: "unix:///nowhere.sock" }));
            assert.deepEqual(found, { url: `unix://${home}/colima.sock`, found: "context colima" });
        });

        it("is DOCKER_HOST before DOCKER_CONTEXT and the current context", async () => {
            const url = await listening(join(home, "here.sock"));
            put(".docker/config.json", '{"currentContext":"other"}');
            assert.equal((await findEndpoint({}, around({ DOCKER_HOST: url, DOCKER_CONTEXT: "another" }))).url, url);
        });

        it("is DOCKER_CONTEXT before the current context", async () => {
            context("one", "unix:///one.sock");
            context("two", "unix:///two.sock");
            put(".docker/config.json", '{"currentContext":"two"}');
            assert.equal((await findEndpoint({}, around({ DOCKER_CONTEXT: "one" }), always)).url, "unix:///one.sock");
            assert.equal((await findEndpoint({}, around(), always)).url, "unix:///two.sock");
        });

        it("is read below DOCKER_CONFIG where that is set", async () => {
            put("elsewhere/config.json", '{"currentContext":"nope"}');
            assert.match((await failure({}, { DOCKER_CONFIG: join(home, "elsewhere") })).message, /no such context/);
        });

        it("is not replaced by another that answers", async () => {
            const other = await listening(join(home, "root/var/run/docker.sock"));
            const { tried, message } = await failure({}, { DOCKER_HOST: `unix://${home}/gone.sock` });
            assert.equal(tried.length, 1);
            assert.match(message, /gone\.sock \(DOCKER_HOST\): there is no such socket \(ENOENT\)/);
            assert.match(message, /No other place was tried, because DOCKER_HOST names this one/);
            assert.ok(!message.includes(other));
        });

        it("is waited for while it refuses, as a daemon does that restarts", async () => {
            let refused = 0;
            const found = await findEndpoint({ host: "tcp://127.0.0.1:2375" }, around(), async () => {
                refused += 1;
                if (refused < 3) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
                return true;
            });
            assert.equal(found.url, "tcp://127.0.0.1:2375");
            assert.equal(refused, 3);
        });

        it("cannot be a host and a context at once", async () => {
            assert.match((await failure({ host: "tcp://a", context: "b" })).message, /both host and context/);
        });
    });

    describe("that a context names", () => {
        it("is an error with the known ones where there is no such context", async () => {
            context("colima", "unix:///colima.sock");
            await listening(join(home, "root/var/run/docker.sock"));
            const { message } = await failure({}, { DOCKER_CONTEXT: "colma" });
            assert.match(message, /context colma \(DOCKER_CONTEXT\): there is no such context; known are default, colima/);
        });

        it("is one of the usual sockets for the context default", async () => {
            const url = await listening(join(home, "root/var/run/docker.sock"));
            put(".docker/config.json", '{"currentContext":"default"}');
            assert.equal((await findEndpoint({}, around())).url, url);
            assert.equal((await findEndpoint({ context: "default" }, around({ DOCKER_HOST: "tcp://nowhere.invalid" }))).url, url);
        });

        it("comes with the context's certificates", async () => {
            context("far", "tcp://far.example:2376", { "ca.pem": "the authority", "cert.pem": "mine", "key.pem": "my key" });
            const found = await findEndpoint({ context: "far" }, around({ DOCKER_TLS_VERIFY: "", DOCKER_CERT_PATH: "/nowhere" }), always);
            const tls = { ca: Buffer.from("the authority"), cert: Buffer.from("mine"), key: Buffer.from("my key"), verify: true };
            assert.deepEqual(found, { url: "tcp://far.example:2376", found: "context far", tls });
        });

        it("is not verified where the context says so", async () => {
            context("far", "tcp://far.example:2376", {}, { SkipTLSVerify: true });
            assert.deepEqual((await findEndpoint({ context: "far" }, around(), always)).tls, { verify: false });
        });

        it("says which file is broken, and quotes nothing of it", async () => {
            put(".docker/config.json", '{"auths":{"r":{"auth":"c2VjcmV0"}}');
            await assert.rejects(findEndpoint({}, around()), (error: Error) => /config\.json is not valid JSON$/.test(error.message));
        });
    });

    describe("with TLS", () => {
        const url = "tcp://far.example";
        const tlsOf = async (env: NodeJS.ProcessEnv) => (await findEndpoint({ host: url }, around(env), always)).tls;

        it("is asked for by DOCKER_TLS_VERIFY, with the files of DOCKER_CERT_PATH", async () => {
            put("certs/ca.pem", "authority");
            put("certs/cert.pem", "mine");
            put("certs/key.pem", "key");
            const found = await findEndpoint(
                { host: url },
                around({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: join(home, "certs") }),
                always,
            );
            assert.equal(found.url, "tcp://far.example:2376");
            assert.equal(found.tls?.ca?.toString(), "authority");
            assert.equal(found.tls?.key?.toString(), "key");
            assert.equal(found.tls?.verify, true);
        });

        it("takes the files of Docker's own directory without DOCKER_CERT_PATH", async () => {
            put(".docker/ca.pem", "authority");
            assert.equal((await tlsOf({ DOCKER_TLS_VERIFY: "1" }))?.ca?.toString(), "authority");
        });

        it("is verified unless somebody said otherwise", async () => {
            put("certs/ca.pem", "authority");
            const certPath = join(home, "certs");
            const verified = async (settings: object, env: NodeJS.ProcessEnv = {}) =>
                (await findEndpoint({ host: url, ...settings }, around(env), always)).tls?.verify;
            assert.equal(await verified({}, { DOCKER_CERT_PATH: certPath }), true);
            assert.equal(await verified({ certPath }), true);
            assert.equal(await verified({ certPath, tlsVerify: false }), false);
            assert.equal(await verified({}, { DOCKER_TLS: "1" }), false);
            assert.equal(await verified({}), undefined);
        });

        it("is refused without the authority to verify with", async () => {
            assert.match((await failure({ host: url, certPath: join(home, "empty") })).message, /no ca\.pem in .*empty/);
        });

        it("is left out for a socket, whose address needs none", async () => {
            const found = await findEndpoint({ host: "/a.sock" }, around({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/nowhere" }), always);
            assert.deepEqual(found, { url: "unix:///a.sock", found: "the runtime argument" });
        });
    });

    it("that speaks no TLS is told from one that does", async () => {
        const server = createServer((_, response) => response.end("OK"));
        servers.push(server);
        await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
        const address = server.address();
        assert.ok(typeof address === "object" && address);
        assert.match((await failure({ host: `https://127.0.0.1:${address.port}` })).message, /it does not speak TLS/);
        assert.equal((await findEndpoint({ host: `127.0.0.1:${address.port}` }, around())).url, `tcp://127.0.0.1:${address.port}`);
    });

    describe("as people write it", () => {
        const written: readonly (readonly [string, string])[] = [
            ["unix://", "unix:///var/run/docker.sock"],
            ["npipe://", "npipe:////./pipe/docker_engine"],
            ["npipe:////./pipe/other", "npipe:////./pipe/other"],
            ["tcp://10.0.0.7", "tcp://10.0.0.7:2375"],
            ["docker:2375/", "tcp://docker:2375"],
            ["http://docker:1234", "tcp://docker:1234"],
            ["tcp://[::1]:2375", "tcp://[::1]:2375"],
            ["ssh://me@far.example:2222", "ssh://me@far.example:2222"],
        ];
        for (const [text, url] of written) {
            it(`${text} means ${url}`, async () => assert.equal((await findEndpoint({ host: text }, around(), always)).url, url));
        }
        for (const text of ["fd://", "ftp://far", "tcp://far:2375/prefix", "ssh://me:secret@far", "tcp://", "tcp://me:secret@far:99999"]) {
            it(`${text.replace("secret", "…")} is refused`, async () => {
                const { message } = await failure({ host: text });
                assert.match(message, /address|no way/);
                assert.doesNotMatch(message, /secret/);
            });
        }
    });

    describe("that nobody named", () => {
        it("is the first usual socket that answers", async () => {
            await listening(join(home, "root/var/run/docker.sock"), (_, response) => response.writeHead(503).end("starting"));
            const colima = await listening(join(home, ".colima/default/docker.sock"));
            await listening(join(home, ".orbstack/run/docker.sock"));
            assert.deepEqual(await findEndpoint({}, around()), { url: colima, found: "Colima" });
        });

        it("is the rootless socket before the system's", async () => {
            await listening(join(home, "root/var/run/docker.sock"));
            const rootless = await listening(join(home, "run/docker.sock"));
            assert.equal((await findEndpoint({}, around({ XDG_RUNTIME_DIR: join(home, "run") }))).url, rootless);
        });

        it("is Podman's last, and asked for only once in each place", async () => {
            const seen: string[] = [];
            const runtime = join(home, "root/run/user/1000");
            const podman = `unix://${runtime}/podman/podman.sock`;
            const found = await findEndpoint({}, around({ XDG_RUNTIME_DIR: runtime }), async ({ url }: Endpoint) => {
                seen.push(url);
                return url === podman;
            });
            assert.deepEqual(found, { url: podman, found: "rootless Podman" });
            assert.equal(seen.length, new Set(seen).size);
            assert.ok(seen.includes(`unix://${home}/.rd/docker.sock`));
        });

        it("is a pipe on Windows", async () => {
            const found = await findEndpoint({}, { ...around(), platform: "win32" }, always);
            assert.deepEqual(found, { url: "npipe:////./pipe/docker_engine", found: "the default pipe" });
        });

        it("is an error with each place and its reason where none answers", async () => {
            await listening(join(home, "root/var/run/docker.sock"), (_, response) => response.writeHead(503).end("starting"));
            put(".rd/docker.sock", "a plain file");
            const { tried, message } = await failure({});
            const reasons = new Map(tried.map(({ place, reason }) => [place, reason]));
            assert.equal(reasons.get(`unix://${home}/root/var/run/docker.sock (the default socket)`), "HTTP status 503: starting");
            assert.equal(reasons.get(`unix://${home}/.orbstack/run/docker.sock (OrbStack)`), "there is no such socket (ENOENT)");
            assert.equal(reasons.get(`unix://${home}/.rd/docker.sock (Rancher Desktop)`), "nothing listens there (ECONNREFUSED)");
            assert.match(message, /Start Docker.*DOCKER_HOST/);
        });

        it("says what to do where the user may not use the socket", async () => {
            const denied = () => Promise.reject(Object.assign(new Error("connect EACCES"), { code: "EACCES" }));
            await assert.rejects(findEndpoint({}, around(), denied), /"docker" group \(EACCES\)[\s\S]*usermod -aG docker/);
        });

        it("is given up where it takes the question and keeps silent", async function () {
            this.timeout(10_000);
            await listening(join(home, "root/var/run/docker.sock"), () => {});
            assert.match((await failure({})).message, /docker\.sock \(the default socket\): no answer in 3 seconds/);
            servers[0]?.closeAllConnections();
        });
    });

    it("has a client that looks neither at DOCKER_HOST nor at its certificates", async () => {
        const url = await listening(join(home, "here.sock"), (_, response) => response.end('{"ID":"the one meant"}'));
        const { DOCKER_HOST, DOCKER_CERT_PATH } = process.env;
        Object.assign(process.env, { DOCKER_HOST: "tcp://nowhere.invalid:2376", DOCKER_CERT_PATH: "/nowhere" });
        try {
            assert.equal((await dockerClient({ url, found: "test" }).info()).ID, "the one meant");
            assert.equal(process.env.DOCKER_HOST, "tcp://nowhere.invalid:2376");
        } finally {
            for (const [name, value] of Object.entries({ DOCKER_HOST, DOCKER_CERT_PATH })) {
                if (value === undefined) delete process.env[name];
                else process.env[name] = value;
            }
        }
    });

    it("is asked without loading the client library", async () => {
        const url = await listening(join(home, "here.sock"));
        const script = `
            const { findEndpoint } = require("./provider/runtimes/docker-host");
            findEndpoint({ host: process.argv[1] }).then(() => {
                process.exitCode = Object.keys(require.cache).some((path) => path.includes("dockerode")) ? 1 : 0;
            });`;
        const child = spawn(process.execPath, ["--import", "tsx", "-e", script, url], { cwd: join(__dirname, "../.."), stdio: "inherit" });
        assert.deepEqual(await once(child, "exit"), [0, null]);
    });
});
