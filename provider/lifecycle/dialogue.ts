import { setImmediate as nextTurn } from "node:timers/promises";
import type { AccountPlan, Keys } from "../engines/engine";
import type { Dialogue } from "../runtimes/runtime";
import { archiveOf } from "./files";

/** Milliseconds from its start for which a server may say that it is up: one that writes its log to a file says nothing, and is then told all the same. */
const patience = 300;

/** What is said to a server at its first start, and heard from it. */
export interface Conversation extends Dialogue {
    /** To be called once its process runs. */
    readonly begun: () => void;
    /** Resolves once the start itself has made the account, or has failed to: until then a login is in vain. */
    readonly answered: Promise<void>;
}

/** What it reads; begun once whatever is on its way has been sent. `undefined` where it reads nothing. */
export function wordsFor({ stdin }: Partial<Pick<AccountPlan, "stdin">>, keys: Promise<Keys>): Promise<string | Buffer> | undefined {
    if (!stdin) return undefined;
    const words = nextTurn().then(async () => {
        const read = stdin(await keys);
        return typeof read === "string" ? read : archiveOf(read);
    });
    // Where the container cannot be made, nobody asks for them.
    words.catch(() => undefined);
    return words;
}

export function conversation(
    stdin: Promise<string | Buffer>,
    { up, said }: { readonly up?: AccountPlan["up"] | undefined; readonly said: RegExp },
): Conversation {
    const [isUp, answered, due] = [occasion(), occasion(), occasion()];
    if (!up) due.come();
    return {
        stdin: Promise.race([isUp.came, due.came]).then(() => stdin),
        heard: (words) => {
            if (up?.test(words)) isUp.come();
            return said.test(words);
        },
        ended: answered.come,
        begun: () => setTimeout(due.come, patience).unref(),
        answered: answered.came,
    };
}

interface Occasion {
    readonly came: Promise<void>;
    readonly come: () => void;
}

function occasion(): Occasion {
    let come = () => {};
    const came = new Promise<void>((resolve) => {
        come = resolve;
    });
    return { came, come: () => come() };
}
