import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { families } from "./subjects";

/** What can be measured by itself. Removal is the other half of every create. */
export const parts = ["create", "storage", "prime", "memory", "disk", "scale", "up", "twenty", "provider", "dump", "image"] as const;
export type Part = (typeof parts)[number];

export interface Options {
    readonly runs: number;
    readonly engines: readonly string[];
    readonly only: readonly Part[];
    /** How many starts are under way at once, whoever's they are. */
    readonly bound: number;
    readonly trace?: true;
    readonly readme?: true;
}

export function optionsOf(argv: readonly string[]): Options {
    return new Command("npm run bench --")
        .description(
            "Measures our create hook beside plain Docker and testcontainers. What was measured for every engine is kept in bench/results.json, part by part.",
        )
        .option("--runs <n>", "how often each thing is measured", whole, 5)
        .option("--engines <names>", families.join(","), among(families), families)
        .option<readonly Part[]>("--only <parts>", parts.join(","), partsOf, parts)
        .option("--bound <n>", "how many starts at once, for all alike; what `pulumi up` allows", whole, 4 * availableParallelism())
        .option("--trace", "only the Docker calls of one create, with their times")
        .option("--readme", "only write the table of bench/results.json into README.md")
        .parse([...argv], { from: "user" })
        .opts<Options>();
}

export function allEngines({ engines }: Options): boolean {
    return engines.length === families.length;
}

function partsOf(text: string): readonly Part[] {
    const wanted = among([...parts, "remove"])(text).map((name) => parts.find((part) => part === name) ?? "create");
    return [...new Set(wanted)];
}

function among(names: readonly string[]): (text: string) => readonly string[] {
    return (text) => {
        const wanted = text.split(",").map((name) => name.trim());
        const unknown = wanted.find((name) => !names.includes(name));
        if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is none of ${names.join(", ")}.`);
        return wanted;
    };
}

function whole(text: string): number {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It must be a whole number from 1.");
    return number;
}
