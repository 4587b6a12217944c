import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { oftener } from "./often";
import { report } from "./report";
import { type Results, readResults } from "./results";
import { markdown } from "./table";

const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
const file = join(__dirname, "..", "README.md");

/** Writes the figures of bench/results.json between the two marks of README.md. */
export async function writeReadme(): Promise<void> {
    const text = await readFile(file, "utf8");
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
    await writeFile(file, `${text.slice(0, from + begin.length)}\n${block(await readResults())}\n${text.slice(to)}`);
}

function block(results: Results): string {
    return [origin(results), ...report(results).map(markdown)].join("\n\n");
}

/** When, where and how: the words before the tables. */
export function origin({ date, machine, testcontainers, runs }: Results): string {
    const { cpus, processor, memory, kernel, docker, storageDriver, node } = machine;
    return [
        `Medians of ${runs} interleaved runs of \`npm run bench\` (the first table and 20 in one \`pulumi up\`: of ${runs * oftener}), ${date}: ${cpus} × ${processor}, ${Math.round(memory / 1024 ** 3)} GiB, ${kernel},`,
        `Docker ${docker} (${storageDriver}), Node.js ${node}, testcontainers ${testcontainers} without its reaper. "×" is a ratio to our create hook where nothing else is said.`,
        "Before each start the disk has been written to and half a second has passed, so that none pays for what another left.",
    ].join("\n");
}
