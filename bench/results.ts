import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Figure } from "./figures";
import type { Machine } from "./machine";
import { parts } from "./options";

export interface Results {
    /** ISO 8601, a day. */
    readonly date: string;
    readonly machine: Machine;
    readonly testcontainers: string;
    readonly runs: number;
    /** How many starts were under way at once. */
    readonly bound: number;
    readonly figures: readonly Figure[];
}

const file = join(__dirname, "results.json");

export async function readResults(): Promise<Results> {
    return JSON.parse(await readFile(file, "utf8")) as Results;
}

/** Takes the place of what is there for the same parts. The other parts stay where machine and settings were the same, for else nothing could be compared. */
export async function keepResults(results: Results): Promise<void> {
    const former = await readResults().catch(() => undefined);
    const measured = new Set(results.figures.map(({ part }) => part));
    const { date: _, figures: kept, ...settings } = former ?? results;
    const same = JSON.stringify(settings) === JSON.stringify({ ...results, date: undefined, figures: undefined });
    const others = same ? kept.filter(({ part }) => !measured.has(part)) : [];
    const { figures: fresh, ...rest } = results;
    const figures = [...others, ...fresh].sort((one, other) => parts.indexOf(one.part) - parts.indexOf(other.part));
    const lines = figures.map((figure) => `        ${JSON.stringify(figure)}`);
    const head = JSON.stringify(rest, undefined, 4).replace(/\n}$/, "");
    await writeFile(file, `${head},\n    "figures": [\n${lines.join(",\n")}\n    ]\n}\n`);
}
