import type { Part } from "./options";

export interface Key {
    readonly part: Part;
    /** `PostgreSQL 17`; empty where no engine is meant. */
    readonly subject: string;
    /** Whose figure it is: `our create hook`. */
    readonly way: string;
    /** What was measured: `create`, `remove`, `memory`. */
    readonly what: string;
}

export interface Figure extends Key {
    readonly unit: "ms" | "MB";
    readonly samples: readonly number[];
}

/** What is found out in a run, in the order of its finding. */
export interface Notebook {
    readonly note: (key: Key, unit: Figure["unit"], value: number) => void;
    readonly figures: () => readonly Figure[];
}

export function notebook(): Notebook {
    const pages = new Map<string, Figure & { readonly samples: number[] }>();
    return {
        note: (key, unit, value) => {
            const { part, subject, way, what } = key;
            const name = JSON.stringify([part, subject, way, what]);
            const page = pages.get(name) ?? { part, subject, way, what, unit, samples: [] };
            page.samples.push(Math.round(value * 10) / 10);
            pages.set(name, page);
        },
        figures: () => [...pages.values()],
    };
}

export function median(samples: readonly number[]): number {
    const sorted = [...samples].sort((one, other) => one - other);
    const middle = Math.floor(sorted.length / 2);
    const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
    return (low + high) / 2;
}

/** The median of a figure; `undefined` where it was not measured. */
export function medianOf(figures: readonly Figure[], key: Partial<Key>): number | undefined {
    const found = figures.find((figure) => Object.entries(key).every(([name, value]) => figure[name as keyof Key] === value));
    return found && median(found.samples);
}
