import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createServer, type Server } from "node:tls";
import type Dockerode from "dockerode";
import { addressOf, dockerClient, type Endpoint, findEndpoint, NoDocker, type Surroundings } from "../../provider/runtimes/docker-host";

describe("a connection to the engine", function () {
    this.timeout(60_000);
    let home: string;
    let local: Endpoint;
    let engine: string;
    let container: Dockerode.Container;
    const around = (env: NodeJS.ProcessEnv = {}): Surroundings => ({ env, home, platform: process.platform, uid: process.getuid?.() });

    before(async function () {
        home = mkdtempSync(join(tmpdir(), "dc-"));
        local = await findEndpoint({});
        // What stands before the engine here forwards to its socket.
        if (!local.url.startsWith("unix:")) this.skip();
        const client = dockerClient(local);
        engine = (await client.info()).ID;
        container = await client.createContainer({
            name: `t-${process.pid}-connection`,
            Image: await anyImage(client),
            Entrypoint: ["sleep"],
            Cmd: ["300"],
            Labels: { "devdb.role": "test" },
            HostConfig: { NetworkMode: "none" },
        });
        await container.start();
    });
    after(async () => {
        await container?.remove({ force: true, v: true });
        rmSync(home, { recursive: true });
    });

    /** Everything that lifecycle/ needs of a connection: an answer, and a stream that goes both ways and ends on one side first. */
    async function serves(endpoint: Endpoint): Promise<void> {
        const client = dockerClient(endpoint);
        assert.equal((await client.info()).ID, engine);
        const bytes = 3_000_000;
        const exec = await client.getContainer(container.id).exec({
            Cmd: ["sh", "-c", "wc -c; head -c 1000000 /dev/zero | tr '\\0' x; echo done >&2"],
            AttachStdin: true,
            AttachStdout: true,
            AttachStderr: true,
        });
        const stream = await exec.start({ hijack: true, stdin: true });
        const [stdout, stderr] = [new PassThrough(), new PassThrough()];
        client.modem.demuxStream(stream, stdout, stderr);
        const said = Promise.all([text(stdout), text(stderr)]);
        stream.end(Buffer.alloc(bytes, "y"));
        await once(stream, "end");
        stdout.end();
        stderr.end();
        const [out, errors] = await said;
        assert.equal(Number.parseInt(out, 10), bytes);
        assert.equal(out.length, `${bytes}\n`.length + 1_000_000);
        assert.equal(errors, "done\n");
        assert.equal((await exec.inspect()).ExitCode, 0);
    }

    const failure = async (settings: Parameters<typeof findEndpoint>[0], env: NodeJS.ProcessEnv = {}): Promise<string> => {
        const error: unknown = await findEndpoint(settings, around(env)).catch((fault: unknown) => fault);
        assert.ok(error instanceof NoDocker, String(error));
        return error.message;
    };

    it("serves over the local socket", () => serves(local));

    describe("over TLS, where both sides show certificates,", () => {
        let server: Server;
        let host: string;
        let good: string;
        let foreign: string;
        const open = new Set<Socket>();

        before(async () => {
            good = certificates("good");
            foreign = certificates("foreign");
            server = createServer(
                {
                    ca: readFileSync(join(good, "ca.pem")),
                    cert: readFileSync(join(good, "server.pem")),
                    key: readFileSync(join(good, "server-key.pem")),
                    requestCert: true,
                    allowHalfOpen: true,
                },
                (outer) => {
                    const inner = connect({ path: local.url.slice("unix://".length), allowHalfOpen: true });
                    for (const socket of [outer, inner]) {
                        open.add(socket);
                        socket.on("error", () => {
                            outer.destroy();
                            inner.destroy();
                        });
                    }
                    outer.pipe(inner).pipe(outer);
                },
            );
            await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
            host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
        });
        after(() => {
            for (const socket of open) socket.destroy();
            server?.close();
        });

        it("serves with DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH", async () => {
            const endpoint = await findEndpoint({}, around({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: good }));
            assert.deepEqual([endpoint.url, endpoint.found], [host, "DOCKER_HOST"]);
            assert.deepEqual(addressOf(endpoint), { host: "127.0.0.1", local: true });
            await serves(endpoint);
        });

        it("serves with a context of Docker's client", async () => {
            const id = createHash("sha256").update("lab").digest("hex");
            mkdirSync(join(home, ".docker/contexts/meta", id), { recursive: true });
            const meta = { Name: "lab", Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
            writeFileSync(join(home, ".docker/contexts/meta", id, "meta.json"), JSON.stringify(meta));
            for (const file of ["ca.pem", "cert.pem", "key.pem"]) {
                cpSync(join(good, file), join(home, ".docker/contexts/tls", id, "docker", file), { recursive: true });
            }
            writeFileSync(join(home, ".docker/config.json"), '{"currentContext":"lab"}');
            const endpoint = await findEndpoint({}, around());
            assert.equal(endpoint.found, "context lab");
            await serves(endpoint);
        });

        it("is refused where another authority signed the engine's certificate", async () => {
            const message = await failure({ host, certPath: foreign });
            assert.match(message, /its certificate is not from the authority in ca\.pem/);
            assert.match(message, /No other place was tried, because the runtime argument names this one/);
        });

        it("is refused where the certificate is for another name", async () => {
            assert.match(await failure({ host: host.replace("127.0.0.1", "localhost"), certPath: good }), /localhost.*altnames/s);
        });

        it("is refused without a client certificate, and says which files are missing", async () => {
            const bare = join(home, "bare");
            cpSync(join(good, "ca.pem"), join(bare, "ca.pem"), { recursive: true });
            assert.match(await failure({ host, certPath: bare }), /cert\.pem and key\.pem/);
        });

        it("is open without verification only where that was asked for", async () => {
            const mixed = join(home, "mixed");
            for (const file of ["cert.pem", "key.pem"]) cpSync(join(good, file), join(mixed, file), { recursive: true });
            cpSync(join(foreign, "ca.pem"), join(mixed, "ca.pem"));
            assert.equal((await dockerClient(await findEndpoint({ host, certPath: mixed, tlsVerify: false }, around())).info()).ID, engine);
            await failure({ host, certPath: mixed });
        });
    });

    describe("over ssh", () => {
        let path: string | undefined;
        let programs: string;
        const calls = () => readFileSync(join(programs, "calls"), "utf8").trim().split("\n");

        /** Stands in for ssh as sshd's side does: runs the last argument in a shell. */
        function ssh(script = 'for command; do :; done\nexec sh -c "$command"'): void {
            writeFileSync(join(programs, "ssh"), `#!/bin/sh\necho "$$ $*" >> "${programs}/calls"\n${script}\n`);
            chmodSync(join(programs, "ssh"), 0o755);
            writeFileSync(join(programs, "calls"), "");
        }

        before(() => {
            path = process.env.PATH;
            programs = join(home, "programs");
            mkdirSync(programs);
            process.env.PATH = `${programs}:${path}`;
        });
        after(() => {
            if (path !== undefined) process.env.PATH = path;
        });
        beforeEach(() => ssh());

        it("serves with the user and the port of the URL, and ssh's own settings for the rest", async () => {
            await serves(await findEndpoint({}, around({ DOCKER_HOST: "ssh://me@far.example:2222" })));
            assert.match(calls()[0] ?? "", / -T -l me -p 2222 -- far\.example docker system dial-stdio$/);
        });

        it("serves from a socket that the URL names", async () => {
            await serves(await findEndpoint({ host: `ssh://far.example${local.url.slice("unix://".length)}` }, around()));
            assert.match(calls()[0] ?? "", / -T -- far\.example docker '--host=unix:\/\/\/.*' system dial-stdio$/);
        });

        it("uses one login for one request after another", async () => {
            const client = dockerClient(await findEndpoint({ host: "ssh://far.example" }, around()));
            for (let request = 0; request < 3; request += 1) assert.equal((await client.info()).ID, engine);
            assert.equal(calls().length, 1);
        });

        it("logs in again where the connection was lost meanwhile", async () => {
            const client = dockerClient(await findEndpoint({ host: "ssh://far.example" }, around()));
            process.kill(-Number.parseInt(calls()[0] ?? "", 10), "SIGKILL");
            await new Promise((done) => setTimeout(done, 100));
            assert.equal((await client.info()).ID, engine);
            assert.equal(calls().length, 2);
        });

        it("does not keep the program alive", async () => {
            const script = `
                const { dockerClient, findEndpoint } = require("./provider/runtimes/docker-host");
                findEndpoint({ host: "ssh://far.example" }).then((endpoint) => dockerClient(endpoint).info());`;
            const options = { cwd: join(__dirname, "../.."), stdio: "inherit", timeout: 20_000 } as const;
            const program = spawn(process.execPath, ["--import", "tsx", "-e", script], options);
            assert.deepEqual(await once(program, "exit"), [0, null]);
            assert.equal(calls().length, 1);
        });

        it("fails with ssh's own words", async () => {
            ssh('echo "Host key verification failed." >&2\nexit 255');
            assert.match(
                await failure({ host: "ssh://far.example" }),
                /ssh to far\.example ended with 255: Host key verification failed\./,
            );
            assert.equal(calls().length, 1);
        });

        it("fails with the far shell's words where that has no Docker", async () => {
            ssh('echo "sh: 1: docker: not found" >&2\nexit 127');
            assert.match(await failure({ host: "ssh://far.example" }), /ended with 127: sh: 1: docker: not found/);
        });

        it("fails where there is no ssh", async () => {
            process.env.PATH = join(home, "nothing");
            try {
                assert.match(await failure({ host: "ssh://far.example" }), /ssh cannot be started: spawn ssh ENOENT/);
            } finally {
                process.env.PATH = `${programs}:${path}`;
            }
        });

        it("has published ports at the host that ssh resolves the name to", () => {
            ssh('[ "$1" = -G ] && echo "user me\nhostname 192.0.2.7\nport 22"');
            assert.deepEqual(addressOf({ url: "ssh://me@alias", found: "test" }), { host: "192.0.2.7", local: false });
            ssh("exit 1");
            assert.deepEqual(addressOf({ url: "ssh://me@far.example", found: "test" }), { host: "far.example", local: false });
        });
    });

    /** An authority, and certificates from it for a server on loopback and for a client. */
    function certificates(name: string): string {
        const directory = join(home, name);
        mkdirSync(directory);
        const openssl = (...command: string[]) => execFileSync("openssl", command, { cwd: directory, stdio: "pipe" });
        const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        openssl("req", "-x509", ...newKey, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", `/CN=${name} authority`);
        writeFileSync(join(directory, "server.cnf"), "subjectAltName=IP:127.0.0.1\n");
        writeFileSync(join(directory, "client.cnf"), "extendedKeyUsage=clientAuth\n");
        const signed = (subject: string, key: string, cert: string) => {
            openssl("req", "-new", ...newKey, "-keyout", key, "-out", "request.pem", "-subj", `/CN=${subject}`);
            const authority = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"];
            openssl("x509", "-req", "-in", "request.pem", ...authority, "-days", "2", "-extfile", `${subject}.cnf`, "-out", cert);
        };
        signed("server", "server-key.pem", "server.pem");
        signed("client", "key.pem", "cert.pem");
        return directory;
    }
});

/** Whichever is there: all that these tests ask of it is a shell. */
async function anyImage(client: Dockerode): Promise<string> {
    const images = await client.listImages();
    const names = images.flatMap(({ RepoTags: tags }) => tags ?? []).filter((name) => /debian|postgres|mysql|mariadb/.test(name));
    const image = names.sort()[0];
    assert.ok(image, "no image of ours is here; tools/setup makes them");
    return image;
}
