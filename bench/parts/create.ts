import type { Bench } from "../bench";
import { interleaved } from "../interleaved";
import { often } from "../often";
import { bare } from "../ways/bare";
import { hook } from "../ways/hook";
import { ways } from "../ways/names";
import { plain } from "../ways/plain";
import { testcontainers } from "../ways/testcontainers";

/** From nothing to a login, and back to nothing. */
export async function create(given: Bench): Promise<void> {
    const bench = often(given);
    for (const subject of bench.subjects) {
        const { image } = subject;
        await interleaved(bench, "create", subject, [
            hook(subject),
            hook(subject, { priming: false }, ways.unprimed),
            plain(subject, image),
            testcontainers(subject, image),
            bare(subject, image),
        ]);
    }
}
