import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, Login, Script } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";
import { InstanceError } from "./errors";
import { type Attempt, loginFromHere, loginInside } from "./login";

export interface Awaited {
    readonly engine: Engine;
    readonly runtime: Runtime;
    /** The container's name. */
    readonly name: string;
    readonly login: Login;
    /** 0: none is published, so that the login is made inside the container. */
    readonly port: number;
    readonly publiclyAccessible: boolean;
    readonly fast: boolean;
    /** Seconds. */
    readonly timeout: number;
    /**
     * When the account's statements run: where the login is refused for want of them, or still refused after some seconds, where the start itself is
     * making the account; in any case, after a restart or a recreate, which may have changed what they set; or never, where a server that refuses this
     * login has answered well enough.
     */
    readonly settle: "if refused" | "if refused for long" | "always" | "never";
    /** Makes the account in the place of the engine's usual statements. */
    readonly account?: Script;
    /** The server's first start: one that ended has failed, whether or not the runtime has started it again. */
    readonly first?: boolean;
    /** Resolves once the start itself has made the account, or has failed to: until then a login is in vain. */
    readonly answered?: Promise<void>;
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

/** Milliseconds after which a server that may have another password has answered well enough by refusing this one, and for which an account may be in the making. */
const calm = 5_000;

/**
 * Ready means: this process logged in over the published port, as the final user, into the final database, and got an answer to `SELECT 1`.
 * Everything weaker is true too early somewhere: the proxy accepts connections before the server does, and entrypoints run a temporary server first.
 * Beside every try the container is inspected, so that one that exited fails at once. Answers the server's version.
 */
export async function ready(awaited: Awaited): Promise<string> {
    const { engine, signal } = awaited;
    const began = Date.now();
    const until = began + awaited.timeout * 1000;
    let settled = awaited.settle !== "always";
    let settlements = 0;
    let refusedSince: number | undefined;
    let words = "";
    // Until it does.
    let answered = awaited.answered?.then(() => {
        answered = undefined;
    });
    const wait = (pause: number) => {
        const slept = sleep(pause, undefined, { signal });
        return answered ? Promise.race([answered, slept]) : slept;
    };
    if (answered) await wait(1_000);
    // Often while it may be a matter of moments, seldom once it is not.
    for (let pause = 10; ; pause = Math.min(longest(Date.now() - began), pause * 1.25)) {
        signal.throwIfAborted();
        const alive = refuseExited(awaited);
        const [attempt] = await Promise.all([tryLogin(awaited, alive), alive]);
        if (attempt.kind === "in" && settled) return engine.versionOf(attempt.version);
        if (attempt.kind === "refused") words = attempt.words;
        if (attempt.kind === "refused" && attempt.refusal === "fatal")
            throw new InstanceError(`${engine.title} refuses the login for good: ${words}`);
        const refused = attempt.kind === "refused" && attempt.refusal === "account";
        if (refused) refusedSince ??= Date.now();
        if (refused && awaited.settle === "never" && Date.now() - began > calm) return "";
        const inTheMaking = awaited.settle === "if refused for long" && Date.now() - (refusedSince ?? began) < calm;
        if (awaited.settle !== "never" && (attempt.kind === "in" || refused) && !inTheMaking) {
            const outcome = await settleAccount(awaited);
            settlements += outcome === undefined ? 1 : 0;
            if (settlements > 3) throw new InstanceError(`${engine.title} made the user and still refuses its login: ${words}`);
            settled ||= outcome === undefined;
            words = outcome ?? words;
            if (outcome === undefined) pause = 10;
        }
        if (Date.now() > until) throw await late(awaited, words);
        awaited.progress(`waiting for ${engine.title} (${Math.round((Date.now() - began) / 1000)} s)`);
        await wait(pause);
    }
}

function longest(waited: number): number {
    if (waited < 500) return 20;
    return waited < 15_000 ? 75 : 250;
}

/** In a container that is gone there is nobody to ask, and that it is gone says more. */
async function tryLogin(awaited: Awaited, alive: Promise<void>): Promise<Attempt> {
    const { engine, runtime, name, login, port, publiclyAccessible } = awaited;
    const { client } = engine;
    if (client.driver === "inner" || port === 0 || !(runtime.address.local || publiclyAccessible)) {
        await alive;
        return loginInside(engine, login, runtime, name);
    }
    return loginFromHere(client, login, { host: runtime.address.host, port });
}

/** Nothing when the account is as it should be; the server's words where it may still be starting. */
async function settleAccount({ engine, runtime, name, login, fast, account, signal }: Awaited): Promise<string | undefined> {
    const { exitCode, stdout, stderr } = await runtime.exec(name, { ...(account ?? engine.account(login, { fast })), signal });
    if (exitCode === 0) return undefined;
    const words = `${stderr}\n${stdout}`.trim();
    // Killed, as by the end of its container: then what the container says counts, and it may not say so yet.
    if (exitCode === 137) return words;
    const starting =
        engine.client.driver === "inner"
            ? engine.client.refusal(words) !== "fatal"
            : /start(ing|up)|shutting down|socket|recovery/i.test(words);
    if (starting) return words;
    throw new InstanceError(`${engine.title} refused to make the user or the database: ${words}`);
}

async function refuseExited({ runtime, name, first }: Awaited): Promise<void> {
    const container = await runtime.find(name);
    if (!container) throw new InstanceError("the container was removed while it was starting");
    const { running, restarts, exitCode, outOfMemory, error } = container.state;
    const again = first === true && restarts > 0;
    if (running && !again) return;
    const ended = again && exitCode === 0 ? await codeOfNext(runtime, name) : exitCode;
    const code = ended === undefined ? "" : ` with code ${ended}`;
    const why = outOfMemory ? ", because its memory ran out: give it more memory" : error ? ` (${error})` : "";
    throw new InstanceError(`the server exited${code}${why}. ${await lastWords(runtime, name)}`);
}

/** Milliseconds for which a server that was started again is watched. */
const watched = 2_000;

/** Once it runs again, nobody knows with which code it ended: but mostly it ends so once more, and at once. `undefined` where it does not. */
async function codeOfNext(runtime: Runtime, name: string): Promise<number | undefined> {
    for (const until = Date.now() + watched; Date.now() < until; await sleep(25)) {
        const { exitCode = 0 } = (await runtime.find(name))?.state ?? {};
        if (exitCode !== 0) return exitCode;
    }
    return undefined;
}

async function late({ engine, runtime, name, timeout }: Awaited, words: string): Promise<InstanceError> {
    const said = words ? ` The last try to log in ended with: ${words}.` : "";
    return new InstanceError(
        `${engine.title} did not answer within ${timeout} seconds; startupTimeout gives it more.${said} ${await lastWords(runtime, name)}`,
    );
}

async function lastWords(runtime: Runtime, name: string): Promise<string> {
    const log = (await runtime.logs(name, 20).catch(() => "")).trimEnd();
    return log === "" ? "Its log is empty." : `The end of its log:\n${log}`;
}
