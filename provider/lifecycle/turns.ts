/** How many servers start at once on a daemon, for each of its cores: more only take the cores from each other, and each of them is ready later. */
const perCore = 2;
/** Milliseconds after which a start has used its turn up: a server that is still silent then mostly waits, and must hold up nobody. */
const patience = 15_000;

interface Turns {
    taken: number;
    readonly waiting: (() => void)[];
}

const daemons = new Map<string, Turns>();

/** What deciding takes: a daemon, and how many cores it has. */
export interface Place {
    readonly id: string;
    readonly cpus: number;
}

/** Does the work when it is its turn, so that twenty starts in one `up` do not starve each other. Rejects where the signal comes before the turn does. */
export async function inTurn<T>({ id, cpus }: Place, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turns = daemons.get(id) ?? { taken: 0, waiting: [] };
    daemons.set(id, turns);
    if (turns.taken >= Math.max(1, cpus) * perCore) await next(turns, signal);
    else turns.taken += 1;
    let over = false;
    const end = () => {
        if (over) return;
        over = true;
        const successor = turns.waiting.shift();
        if (successor) successor();
        else turns.taken -= 1;
    };
    const timer = setTimeout(end, patience);
    timer.unref();
    try {
        return await work();
    } finally {
        clearTimeout(timer);
        end();
    }
}

/** The turn is handed over, so that nobody can take it between the end of one and the beginning of the next. */
function next(turns: Turns, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const given = () => {
            signal.removeEventListener("abort", left);
            resolve();
        };
        const left = () => {
            turns.waiting.splice(turns.waiting.indexOf(given), 1);
            reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        turns.waiting.push(given);
        signal.addEventListener("abort", left, { once: true });
    });
}
