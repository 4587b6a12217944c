import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { addressOf } from "../../provider/runtimes/docker-host";

describe("the address of published ports", () => {
    let root: string;
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "da-"));
    });
    afterEach(() => rmSync(root, { recursive: true }));

    const at = (url: string) => addressOf({ url, found: "test" }, { env: {}, home: root, platform: "linux", uid: 0, root });
    function put(path: string, text = ""): void {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
    }
    const socket = "unix:///var/run/docker.sock";
    const local = { host: "127.0.0.1", local: true };

    it("is this machine's loopback for a socket and a pipe", () => {
        assert.deepEqual(at(socket), local);
        assert.deepEqual(at("npipe:////./pipe/docker_engine"), local);
    });

    it("is the daemon's host over TCP, and loopback where that is one", () => {
        assert.deepEqual(at("tcp://docker:2375"), { host: "docker", local: false });
        assert.deepEqual(at("tcp://[fd00::7]:2376"), { host: "fd00::7", local: false });
        for (const host of ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "0.0.0.0"])
            assert.deepEqual(at(`tcp://${host}:2375`), local, host);
    });

    it("is the default gateway where the socket was mounted into a container", () => {
        put(".dockerenv");
        put("proc/net/route", "Iface\tDestination\tGateway\tFlags\neth0\t000011AC\t00000000\t0001\neth0\t00000000\t010011AC\t0003\n");
        assert.deepEqual(at(socket), { host: "172.17.0.1", local: false });
    });

    it("is the host's agreed name in a container without a gateway", () => {
        put("run/.containerenv");
        assert.deepEqual(at(socket), { host: "host.docker.internal", local: false });
    });

    it("is loopback in a container that has the host's network, or the daemon, to itself", () => {
        put(".dockerenv");
        put("sys/class/net/docker0/mtu", "1500");
        assert.deepEqual(at(socket), local);
    });
});
