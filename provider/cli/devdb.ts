#!/usr/bin/env node
import { program } from "./program";

// A reader such as `head` may go before everything is written; that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
});

program()
    .parseAsync()
    .catch((error: unknown) => {
        process.stderr.write(`devdb: ${oneLine(error)}\n`);
        process.exitCode = 1;
    });

/** Messages that list what was tried have a line for each. */
function oneLine(error: unknown): string {
    const lines = (error instanceof Error ? error.message : String(error)).split("\n").map((line) => line.trim());
    return lines.filter((line) => line !== "").reduce((text, line) => `${text}${/[.:;]$/.test(text) ? " " : "; "}${line}`);
}
