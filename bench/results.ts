import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Figure } from "./figures";
import type { Machine } from "./machine";

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

export async function writeResults(results: Results): Promise<void> {
    const { figures, ...rest } = results;
    const lines = figures.map((figure) => `        ${JSON.stringify(figure)}`);
    const head = JSON.stringify(rest, undefined, 4).replace(/\n}$/, "");
    await writeFile(file, `${head},\n    "figures": [\n${lines.join(",\n")}\n    ]\n}\n`);
}
