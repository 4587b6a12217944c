import type { Bench, Present } from "../bench";
import { daemon, derivedImage } from "../docker";
import { proven } from "../interleaved";
import { hook } from "../ways/hook";
import { plain } from "../ways/plain";
import { lap } from "../ways/way";

export const first = "first create of an image";

/** What the first instance of an image takes, since it primes it, beside a plain start of that image; and the size of what it leaves. */
export async function prime(bench: Bench): Promise<void> {
    for (const subject of bench.subjects) {
        for (let round = 1; round <= bench.runs; round += 1) await primeOnce(bench, subject, `round ${round} of ${bench.runs}`);
    }
}

/** An image that was never seen before is primed, whatever layers are there for others. */
async function primeOnce(bench: Bench, subject: Present, which: string): Promise<void> {
    const { title } = subject;
    const image = await derivedImage(subject.image);
    const key = { part: "prime", subject: title } as const;
    const usual = await lap(plain(subject, image), proven);
    const priming = await lap(hook(subject, { image }, first), proven);
    bench.say(`${title}, ${which}: ${first} ${Math.round(priming.create)} ms, docker run ${Math.round(usual.create)} ms`);
    bench.note({ ...key, way: first, what: "create" }, "ms", priming.create);
    bench.note({ ...key, way: "docker run", what: "create" }, "ms", usual.create);
    bench.note({ ...key, way: "primed layer", what: "size" }, "MB", await layerSize(image));
    await removeDerived(image);
}

async function layerSize(image: string): Promise<number> {
    const base = await daemon.getImage(image).inspect();
    const sizes = await Promise.all((await primedOf(base.Id)).map(async (id) => (await daemon.getImage(id).inspect()).Size));
    return (Math.max(...sizes) - base.Size) / 1e6;
}

/** The primed layer goes first: it stands on the other. */
async function removeDerived(image: string): Promise<void> {
    const { Id } = await daemon.getImage(image).inspect();
    for (const id of [...(await primedOf(Id)), image]) await daemon.getImage(id).remove();
}

async function primedOf(base: string): Promise<readonly string[]> {
    const images = await daemon.listImages({ filters: { label: ["devdb.role=primed", `devdb.image=${base}`] } });
    return images.map(({ Id }) => Id);
}
