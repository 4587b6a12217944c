import type { Bench, Present } from "./bench";
import { daemon } from "./docker";
import { notebook } from "./figures";
import { machine } from "./machine";
import { allEngines, optionsOf, type Part } from "./options";
import { create } from "./parts/create";
import { disk } from "./parts/disk";
import { dump } from "./parts/dump";
import { image } from "./parts/image";
import { memory } from "./parts/memory";
import { prime } from "./parts/prime";
import { provider } from "./parts/provider";
import { scale } from "./parts/scale";
import { storage } from "./parts/storage";
import { trace } from "./parts/trace";
import { twenty } from "./parts/twenty";
import { up } from "./parts/up";
import { origin } from "./readme";
import { report } from "./report";
import { keepResults, type Results } from "./results";
import { type Subject, subjectsOf } from "./subjects";
import { plainText } from "./table";
import { hook } from "./ways/hook";
import { testcontainersVersion } from "./ways/testcontainers";

const all: Readonly<Record<Part, (bench: Bench) => Promise<void>>> = {
    create,
    storage,
    prime,
    memory,
    disk,
    scale,
    up,
    twenty,
    provider,
    dump,
    image,
};

/** Does the measuring; main.ts removes what this process leaves, however it ends. */
async function measure(argv: readonly string[]): Promise<void> {
    const options = optionsOf(argv);
    const { note, figures } = notebook();
    const say = (text: string) => console.error(`bench: ${text}`);
    const subjects: Present[] = [];
    for (const subject of subjectsOf(options.engines)) subjects.push(await present(subject, say));
    const bench: Bench = { runs: options.runs, bound: options.bound, subjects, note, say };
    if (options.trace) return trace(bench);
    const { runs, bound } = options;
    const settings = { machine: await machine(), testcontainers: testcontainersVersion(), runs, bound };
    let results: Results = { date: today(), ...settings, figures: [] };
    for (const part of options.only) {
        await all[part](bench);
        results = { date: today(), ...settings, figures: figures() };
        // At once, so that a later part that fails loses nothing of it.
        if (allEngines(options)) await keepResults(results);
    }
    console.log([origin(results), ...report(results).map(plainText)].join("\n\n"));
    if (!allEngines(options)) say("only some engines were measured: bench/results.json stays as it was");
}

function today(): string {
    return new Date().toISOString().slice(0, 10);
}

/** One instance before all others finds, pulls or builds the image, and primes it. */
async function present(subject: Subject, say: Bench["say"]): Promise<Present> {
    say(`${subject.title}: looking for its image, and priming it if it is not`);
    const start = await hook(subject).prepare();
    const { container, remove } = await start();
    const { Config } = await container.inspect();
    await remove();
    const { Id, RepoTags } = await daemon.getImage(Config.Labels["devdb.image"] ?? "").inspect();
    return { ...subject, image: RepoTags[0] ?? Id };
}

// Nobody would remove what is made from now on.
process.once("disconnect", () => process.exit(1));

measure(process.argv.slice(2)).then(
    () => process.exit(0),
    (error: unknown) => {
        console.error(error);
        process.exit(1);
    },
);
