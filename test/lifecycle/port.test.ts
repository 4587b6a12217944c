import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server } from "node:net";
import { choosePort, type PortChoice } from "../../provider/lifecycle/port";
import { freePort, holdPort } from "../support/port";

const here = { here: true, interface: "127.0.0.1" };
const elsewhere = { here: false, interface: "127.0.0.1" };
const none: ReadonlySet<number> = new Set();

describe("a host port", () => {
    const choices: PortChoice[] = [];
    const servers: Server[] = [];
    const choose = async (...args: Parameters<typeof choosePort>) => {
        const choice = await choosePort(...args);
        choices.push(choice);
        return choice.port;
    };
    const hold = async () => {
        const server = await holdPort();
        servers.push(server);
        return (server.address() as AddressInfo).port;
    };

    afterEach(async () => {
        for (const choice of choices.splice(0)) choice.release();
        for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
    });

    it("is the one that was asked for", async () => {
        const port = await freePort();
        assert.equal(await choose(port, none, here), port);
    });

    it("that was asked for and is taken is refused", async () => {
        const port = await hold();
        await assert.rejects(choose(port, none, here), new RegExp(`host port ${port} is taken`));
    });

    it("is taken where another listens on every interface", async () => {
        const server = createServer();
        servers.push(server);
        await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
        await assert.rejects(choose((server.address() as AddressInfo).port, none, here), /is taken/);
    });

    it("is the preferred one, or the next that is free and was not refused", async () => {
        const taken = await hold();
        const next = await choose({ preferred: taken }, none, here);
        assert.ok(next > taken && next <= taken + 100);
        const after = await choose({ preferred: taken }, new Set([next + 1]), here);
        assert.ok(after > next + 1);
    });

    it("is refused where none of the hundred after the preferred one is to be had", async () => {
        const refused = new Set(Array.from({ length: 101 }, (_, index) => 40_000 + index));
        await assert.rejects(choose({ preferred: 40_000 }, refused, here), /every host port from 40000 to 40100 is taken/);
    });

    it("is any free one where none was asked for, and never one twice", async () => {
        const ports = await Promise.all(Array.from({ length: 50 }, () => choose(undefined, none, here)));
        assert.equal(new Set(ports).size, ports.length);
    });

    it("is promised to one until that one gives it up", async () => {
        const port = await freePort();
        await choose(port, none, here);
        await assert.rejects(choose(port, none, here), /is taken/);
        choices.splice(0)[0]!.release();
        assert.equal(await choose(port, none, here), port);
    });

    it("is taken at its word on another machine, where only the daemon can tell", async () => {
        const port = await hold();
        assert.equal(await choose(port, none, elsewhere), port);
        assert.ok((await choose(undefined, none, elsewhere)) >= 49_152);
    });
});
