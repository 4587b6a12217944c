import type { Bench } from "../bench";
import { often } from "../often";
import { stackOf } from "../stack";
import { bare } from "../ways/bare";
import { ways } from "../ways/names";
import { most, together } from "./scale";
import { stacks } from "./up";

/** Twenty instances in one `pulumi up`, beside an empty stack's, one of as many resources that do nothing, and twenty bare containers, all in the same run. */
export async function twenty(given: Bench): Promise<void> {
    const bench = often(given);
    const subject = bench.subjects.find(({ family }) => family === "postgres");
    if (!subject) return;
    const [empty, trivial, full] = [await stackOf("empty", most), await stackOf("trivial", most), await stackOf("instances", most)];
    await empty.up();
    const note = (way: string, what: string, ms: number) => bench.note({ part: "twenty", subject: subject.title, way, what }, "ms", ms);
    for (let round = 1; round <= bench.runs; round += 1) {
        const floor = await empty.up();
        const idle = await trivial.up();
        await trivial.destroy();
        const create = await full.up();
        const remove = await full.destroy();
        const containers = await together(bare(subject, subject.image), most, bench.bound);
        bench.say(
            `${most} in one up, round ${round} of ${bench.runs}: up ${Math.round(create)} ms, destroy ${Math.round(remove)} ms; an empty stack ${Math.round(floor)} ms; ${most} resources that do nothing ${Math.round(idle)} ms; ${most} bare containers ${Math.round(containers.create)} ms`,
        );
        note(stacks.empty, "up", floor);
        note(stacks.trivial, "up", idle);
        note(stacks.instances, "up", create);
        note(stacks.instances, "destroy", remove);
        note(ways.bare, "create", containers.create);
    }
}
