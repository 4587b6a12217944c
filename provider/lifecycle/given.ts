import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import { reserved } from "./context";
import { isUnknown } from "./unknown";

/** Takes a fault, by the property that has it. */
export type Report = (property: string, reason: string) => void;

/** The arguments that a program named, each read by its own schema; unknown ones as they are. Every fault is reported by its property. */
export function readGiven<Name extends string>(
    news: Readonly<Record<string, unknown>>,
    names: readonly Name[],
    schemaOf: (name: Name) => z.ZodType,
    report: Report,
): Record<string, unknown> {
    const given: Record<string, unknown> = {};
    for (const [property, value] of Object.entries(news)) {
        if (property === reserved || property === "__provider" || value === undefined || value === null) continue;
        const name = names.find((each) => each === property);
        if (name === undefined) report(property, `is not an argument${suggestion(property, names)}`);
        else if (isUnknown(value)) given[property] = value;
        else {
            const read = schemaOf(name).safeParse(value);
            if (read.success) given[property] = read.data;
            else for (const { path, message } of read.error.issues) report(property, within(path, message));
        }
    }
    return given;
}

export function suggestion(word: string, words: readonly string[]): string {
    const near = words
        .map((each) => ({ each, far: distance(word.toLowerCase(), each.toLowerCase()) }))
        .sort((one, other) => one.far - other.far)[0];
    return near && near.far <= Math.max(2, word.length / 3) ? `; did you mean ${near.each}?` : "";
}

function within(path: readonly PropertyKey[], message: string): string {
    return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
}
