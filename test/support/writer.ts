import { ask } from "./ask";

export interface Writer {
    /** The numbers that the server said it has. */
    readonly acknowledged: readonly number[];
    readonly stop: () => Promise<void>;
}

/** Writes one number after the other into the table `kept`, from 100 on, to whatever answers. */
export function writer(url: string): Writer {
    const acknowledged: number[] = [];
    let stopped = false;
    const work = (async () => {
        for (let value = 100; !stopped; value += 1) {
            await ask(url, `INSERT INTO kept VALUES (${value})`).then(
                () => acknowledged.push(value),
                () => undefined,
            );
        }
    })();
    return {
        acknowledged,
        stop: () => {
            stopped = true;
            return work;
        },
    };
}
