import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Seed } from "./args";
import { InstanceError, messageOf } from "./errors";
import type { Order } from "./order";
import { readRecord, recordPath, recordText, type SeedRecord, type Step } from "./seed-record";
import { endOf } from "./take";

/** A step ended with an error; those before it have run. */
export class StepFailed extends InstanceError {
    constructor(
        message: string,
        /** The steps that have run, as the program gave them. */
        readonly ran: readonly Seed[],
    ) {
        super(message);
    }
}

/** Exit codes of the script below that are not the client's. */
const otherRun = 240;
const notWhole = 241;
const halfDone = 242;

/**
 * Takes a step in whole, and only then has the client read it, so that what is cut off on the way is never begun. The same script writes down what has run:
 * nobody has to listen to it any more by then. Another run that comes meanwhile finds it by its process, and one that comes right afterwards by what it wrote,
 * whatever that run read before.
 */
const script = `
record=$1 before=$2 begun=$3 ran=$4 sha256=$5 lines=$6 after=$7 whole=$8 half=$9; shift 9
umask 077
place=/tmp/devdb-seed
note() { printf '%s' "$1" >"$record.next" && mv "$record.next" "$record"; }
other=$(cat "$place/process" 2>/dev/null)
case $(tr '\\000' ' ' 2>/dev/null <"/proc/\${other:-none}/cmdline") in *devdb-seed*) exit ${otherRun} ;; esac
[ "$(cat "$record" 2>/dev/null)" != "$(printf '%s' "$ran")" ] || exit 0
[ "$half" = no ] || exit ${halfDone}
rm -rf "$place"; mkdir "$place" && echo "$$" >"$place/process" || exit 1
trap 'rm -rf "$place"' EXIT
head=
while [ "$lines" -gt 0 ]; do
    IFS= read -r line
    head="$head$line
"
    lines=$((lines - 1))
done
cat >"$place/step"
case $(sha256sum <"$place/step") in "$sha256 "*) ;; *) exit ${notWhole} ;; esac
note "$begun" || exit 1
{
    { printf '%s' "$head"; cat "$place/step"; printf '%s' "$after"; } | "$@"
    echo "$?" >"$place/code"
} 2>&1 | tail -n 20
code=$(cat "$place/code")
case $code in
0) note "$ran" ;;
*) [ "$whole" = no ] || note "$before"; exit "$code" ;;
esac`;

/** Runs the steps that have not run yet, in their order. */
export async function runSeeds(order: Order, container: string): Promise<void> {
    const { seeds } = order.inputs;
    if (seeds.length === 0) return;
    for (;;) {
        const record = await readRecord(order, container);
        const ran = record.ran.length;
        refuseOthers(order, record);
        const next = seeds[ran];
        if (!next) return;
        order.progress(`seeding: ${next.name} (${ran + 1} of ${seeds.length})`);
        await runStep(order, container, record, next);
    }
}

async function runStep(order: Order, container: string, { ran, begun }: SeedRecord, seed: Seed): Promise<void> {
    const { engine, runtime, inputs, login, created, signal, context } = order;
    const { command, before, after, whole, line } = engine.seeding(login);
    const step: Step = { name: seed.name, sha256: seed.sha256 ?? "" };
    const half = !whole && begun !== undefined && isSame(begun, step);
    const noted = { instance: created, ran };
    const { exitCode, stdout, stderr } = await runtime.exec(container, {
        command: [
            ...["sh", "-c", script, "devdb-seed", recordPath(order)],
            ...[noted, { ...noted, begun: step }, { ...noted, ran: [...ran, step] }].map(recordText),
            ...[step.sha256, String(before.split("\n").length - 1), after, whole ? "yes" : "no", half ? "yes" : "no"],
            ...command,
        ],
        user: "root",
        stdin: Readable.from(piecesOf(before, seed)),
        signal,
    });
    if (exitCode === 0) return;
    if (exitCode === otherRun) {
        // It goes on without the run that began it.
        order.progress(`waiting for the step ${seed.name}, which an earlier run began`);
        return sleep(500, undefined, { signal });
    }
    const failed = (words: string) => new StepFailed(`seeds: the step ${seed.name} ${words}`, inputs.seeds.slice(0, ran.length));
    if (exitCode === notWhole) throw failed("is another than when it was looked at: its file changed meanwhile. Run pulumi up again");
    if (exitCode === halfDone)
        throw failed(
            `was begun by an earlier run and did not come to its end, and ${engine.title} cannot take back what it did. Take that back by hand, or write the step so that it can run on what is there; a step with another text runs again`,
        );
    const words = `${stdout}\n${stderr}`.trim();
    const [, number] = line?.exec(words) ?? [];
    const where = number === undefined ? "" : ` in line ${number}`;
    const said = context.secretSeeds ? "what the server said is left out, since seeds hold a secret" : endOf(engine, words);
    throw failed(`failed${where}: ${said === "" ? `its client ended with ${exitCode}` : said}`);
}

/** One string or buffer at a time, as they are sent. */
async function* piecesOf(before: string, { name, sql, file }: Seed): AsyncGenerator<string | Buffer> {
    if (before !== "") yield before;
    if (file === undefined) {
        yield sql ?? "";
        return;
    }
    try {
        for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024 })) yield piece as Buffer;
    } catch (error) {
        throw new InstanceError(`seeds: the step ${name}: ${resolve(file)} cannot be read: ${messageOf(error)}`);
    }
}

/** What has run must be what the program begins with: nothing can be taken out of the data again. */
function refuseOthers({ inputs }: Order, { ran }: SeedRecord): void {
    const wanted = inputs.seeds.slice(0, ran.length);
    if (ran.every((step, index) => isSame(step, wanted[index]))) return;
    const names = ran.map(({ name }) => name).join(", ");
    throw new InstanceError(
        `seeds: the data were filled by other steps than the program's first ones (${names}, as they were then). Put those back as they were, or make the instance anew: remove ${inputs.volumeName === undefined ? `it, docker rm -fv ${inputs.identifier}` : `what is in the volume ${inputs.volumeName}`}, and run pulumi up`,
    );
}

function isSame(one: Step, other: Pick<Seed, "name" | "sha256"> | undefined): boolean {
    return one.name === other?.name && one.sha256 === other.sha256;
}
