import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { Agent } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";

/**
 * HTTP connections through the system's own ssh, as Docker's client makes them: `~/.ssh/config`, known hosts, jump hosts and agents count.
 * Each connection is one process that hands the daemon's socket through; it is kept for the next request.
 */
export function sshAgent(url: string): Agent {
    const agent = new Agent({ keepAlive: true });
    agent.createConnection = () => connection(url);
    return agent;
}

/** The name or address that ssh itself goes to: the host in the URL may be an alias of `~/.ssh/config`. */
export function sshHost(url: string): string {
    const { stdout } = spawnSync("ssh", ["-G", ...destination(url)], { encoding: "utf8", timeout: 5_000, windowsHide: true });
    return /^hostname (\S+)$/m.exec(stdout ?? "")?.[1] ?? new URL(url).hostname.replace(/^\[|\]$/g, "");
}

function destination(url: string): readonly string[] {
    const { username, hostname, port } = new URL(url);
    const user = username ? ["-l", decodeURIComponent(username)] : [];
    // After `--`, or a host that begins with a hyphen would be an option.
    return [...user, ...(port ? ["-p", port] : []), "--", hostname.replace(/^\[|\]$/g, "")];
}

/** The far side's shell reads this line, so the socket's path is quoted for it. */
function remoteCommand(url: string): string {
    const path = decodeURIComponent(new URL(url).pathname);
    const host = /[^/]/.test(path) ? ` '--host=unix://${path.replaceAll("'", "'\\''")}'` : "";
    return `docker${host} system dial-stdio`;
}

function connection(url: string): Duplex {
    const ssh = spawn("ssh", ["-o", "ConnectTimeout=20", "-T", ...destination(url), remoteCommand(url)], {
        stdio: "pipe",
        windowsHide: true,
        // Its own session: Ctrl-C in the terminal must not cut the connection while the work is being wound up.
        detached: process.platform !== "win32",
    });
    const duplex = new Duplex({
        // As a socket: what the far side has ended is over.
        allowHalfOpen: false,
        read: () => ssh.stdout.resume(),
        // What cannot be written is lost, as on a socket: ssh has gone, its exit says why, and that ends the stream.
        write: (chunk, _encoding, done) => {
            ssh.stdin.write(chunk, () => done());
        },
        final: (done) => {
            // One that was destroyed never calls back.
            if (ssh.stdin.destroyed) done();
            else ssh.stdin.end(() => done());
        },
        destroy: (error, done) => {
            ssh.kill();
            for (const pipe of [ssh.stdin, ssh.stdout, ssh.stderr]) pipe.destroy();
            done(error);
        },
    });
    forward(ssh, duplex, new URL(url).host);
    return Object.assign(duplex, asSocket(ssh));
}

function forward(ssh: ChildProcessWithoutNullStreams, duplex: Duplex, host: string): void {
    let said = "";
    let answered = false;
    let left = 2;
    let exit = "";
    const over = () => {
        left -= 1;
        if (left > 0) return;
        if (answered || exit === "") duplex.push(null);
        else duplex.destroy(aborted(`ssh to ${host} ${exit}: ${said.trim() || "it said nothing"}`));
    };
    ssh.stdout.on("data", (chunk: Buffer) => {
        answered = true;
        if (!duplex.push(chunk)) ssh.stdout.pause();
    });
    ssh.stderr.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString("utf8")).slice(-1_000);
    });
    // One that takes no more is about to end and say why; only if it does not is it made to.
    ssh.stdin.on("error", () => setTimeout(() => ssh.kill(), 1_000).unref());
    ssh.stdout.on("end", over);
    // Not `close`: a master connection that ssh leaves behind may hold the pipes open.
    ssh.on("exit", (code, signal) => {
        exit = code === 0 ? "" : signal ? `was ended by ${signal}` : `ended with ${code}`;
        setTimeout(over, 10);
    });
    ssh.on("error", (error) => duplex.destroy(aborted(`ssh cannot be started: ${error.message}`)));
}

/** What node:http asks of a socket beyond a stream. An idle connection must not keep this process alive. */
function asSocket(ssh: ChildProcessWithoutNullStreams): Record<"setTimeout" | "setKeepAlive" | "setNoDelay" | "ref" | "unref", () => void> {
    const handles = () => [ssh, ...[ssh.stdin, ssh.stdout, ssh.stderr].filter((pipe) => pipe instanceof Socket)];
    return {
        setTimeout: () => {},
        setKeepAlive: () => {},
        setNoDelay: () => {},
        ref: () => {
            for (const handle of handles()) handle.ref();
        },
        unref: () => {
            for (const handle of handles()) handle.unref();
        },
    };
}

/** A transport's fault, by its code: what may be sent twice is sent again. */
function aborted(message: string): Error {
    return Object.assign(new Error(message), { code: "ECONNABORTED" });
}
