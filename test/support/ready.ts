import { lines, type Subject } from "./engines";
import { lineReady } from "./lines";
import { standInReady } from "./standins";

/** Makes what subjects run on, unless it is there; leaves the suite out, and says why, where it cannot be had on this machine. */
export async function ready(test: Mocha.Context, ...subjects: readonly Subject[]): Promise<void> {
    test.timeout(480_000);
    for (const subject of subjects) {
        await standInReady(subject);
        const why = lines.includes(subject) ? await lineReady(subject) : undefined;
        if (why === undefined) continue;
        console.log(`    ${subject.title} is left out: ${why}`);
        test.skip();
    }
}
