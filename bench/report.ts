import { medianOf } from "./figures";
import { byHand, ourDump } from "./parts/dump";
import { clones, copies } from "./parts/image";
import { first } from "./parts/prime";
import { bareProvider, ourProvider } from "./parts/provider";
import { counts, most } from "./parts/scale";
import { kinds } from "./parts/storage";
import { resources, stacks } from "./parts/up";
import type { Results } from "./results";
import { families, subjectsOf } from "./subjects";
import type { Table } from "./table";
import { ways } from "./ways/names";

/** What a reader wants to know, from the medians of one run. What was not measured is left out. */
export function report(results: Results): readonly Table[] {
    const tables = [
        ...[life(results), storages(results), costs(results), crowd(results)],
        ...[dumps(results), taking(results), copied(results), pulumi(results)],
    ];
    return tables.map(withoutBlanks).filter(({ rows }) => rows.length > 0);
}

const titles = subjectsOf(families).map(({ title }) => title);

/** Ratios are to our create hook of the same run. */
function life({ figures }: Results): Table {
    const rows = (["create", "remove"] as const).flatMap((what) =>
        Object.values(ways).map((way) => [
            way === ways.hook ? `**${what}: ${way}**` : `${what}: ${way}`,
            ...titles.map((subject) => {
                const ours = medianOf(figures, { part: "create", subject, way: ways.hook, what });
                return against(medianOf(figures, { part: "create", subject, way, what }), way === ways.hook ? undefined : ours);
            }),
        ]),
    );
    return { heading: ["until a login works, and until it is gone", ...titles], rows };
}

function storages({ figures }: Results): Table {
    const rows = Object.values(kinds).map((way) => [
        way,
        ...titles.map((subject) => milliseconds(medianOf(figures, { part: "storage", subject, way, what: "create" }))),
    ]);
    return { heading: ["create on other storage", ...titles], rows };
}

function costs({ figures }: Results): Table {
    const row = (name: string, cell: (subject: string) => string) => [name, ...titles.map(cell)];
    const of = (part: "memory" | "disk", way: string) => (subject: string) => medianOf(figures, { part, subject, way, what: part });
    const beside = (part: "memory" | "disk", way: string) => (subject: string) =>
        against(of(part, ways.hook)(subject), of(part, way)(subject), megabytes);
    const other = (part: "memory" | "disk", way: string) => (subject: string) => megabytes(of(part, way)(subject));
    const priming = (subject: string) => medianOf(figures, { part: "prime", subject, way: first });
    const unprimed = (subject: string) => medianOf(figures, { part: "prime", subject, way: ways.plain });
    return {
        heading: ["what it costs", ...titles],
        rows: [
            row(`${first}, which primes it, × docker run of it`, (subject) => against(priming(subject), unprimed(subject))),
            row("size of the primed layer, once", (subject) => megabytes(medianOf(figures, { part: "prime", subject, what: "size" }))),
            row("disk of one more instance, × docker run", beside("disk", ways.plain)),
            row("disk: docker run, with its volume", other("disk", ways.plain)),
            row("memory of an idle instance, × docker run", beside("memory", ways.plain)),
            row("memory: docker run, with its volume", other("memory", ways.plain)),
            row("memory of an idle instance, × priming off, whose data are in the container too", beside("memory", ways.unprimed)),
        ],
    };
}

function crowd({ figures, bound }: Results): Table {
    const all = (way: string, count: number) => medianOf(figures, { part: "scale", way, what: `create ${count}` });
    const gone = (way: string, count: number) => medianOf(figures, { part: "scale", way, what: `remove ${count}` });
    const line = (way: string, count: number) => [
        `${count} × ${way}`,
        milliseconds(all(way, count)),
        milliseconds(divided(all(way, count), count)),
        milliseconds(gone(way, count)),
    ];
    const up = (way: string, what: string) => medianOf(figures, { part: "twenty", way, what });
    const less = (floor: string) => minus(up(stacks.instances, "up"), up(floor, "up"));
    const bare = up(ways.bare, "create");
    const inOneUp = (words: string, net: ReturnType<typeof less>) => [
        `${most} in one \`pulumi up\`, less ${words}; × ${most} bare containers`,
        against(net, bare),
        milliseconds(divided(net, most)),
        milliseconds(up(stacks.instances, "destroy")),
    ];
    return {
        heading: [`PostgreSQL, ${bound} starts at once`, "until all answer", "each", "until all are gone"],
        rows: [
            ...counts.map((count) => line(ways.hook, count)),
            line(ways.testcontainers, most),
            line(ways.bare, most),
            inOneUp(`one of ${most} dynamic resources that do nothing`, less(stacks.trivial)),
            inOneUp("an empty stack's", less(stacks.empty)),
        ],
    };
}

/** Of a gigabyte of PostgreSQL. */
function taking({ figures }: Results): Table {
    const of = (way: string, what: string) => medianOf(figures, { part: "image", way, what });
    const row = (way: string, what = "create", name: string = way) => [
        name,
        against(of(way, what), way === copies.commit ? undefined : of(copies.commit, "create")),
        milliseconds(of(way, "freeze")),
    ];
    return {
        heading: ["a gigabyte of PostgreSQL", "until it is done, × docker commit", "halted for"],
        rows: [
            row(copies.commit),
            row(copies.image),
            row(copies.volume),
            row(copies.template),
            row(copies.template, "restore", "testcontainers' restoreSnapshot() of it"),
        ],
    };
}

function copied({ figures }: Results): Table {
    const of = (way: string, what: string) => medianOf(figures, { part: "image", way, what });
    const row = (name: string, what: string) => [
        name,
        milliseconds(of(copies.empty, what)),
        against(of(copies.clone, what), of(copies.empty, what)),
    ];
    return {
        heading: ["copies of that image", "empty instances", "copies, × those"],
        rows: [
            row("create: one", "create"),
            row(`create: ${clones} at once`, `create ${clones}`),
            row(`\`pulumi up\` of ${clones}`, stacks.instances),
            ["disk of one", megabytes(of(copies.empty, "disk")), megabytes(of(copies.clone, "disk"))],
            ["disk of one, when all of it was read", "", megabytes(of(copies.clone, "disk, all of it read"))],
        ],
    };
}

/** Speed is that of the tools, over ours. */
function dumps({ figures }: Results): Table {
    const of = (way: string, what: string) => (subject: string) => medianOf(figures, { part: "dump", subject, way, what });
    const row = (name: string, cell: (subject: string) => string) => [name, ...titles.map(cell)];
    const beside = (what: string) => (subject: string) => {
        const [ms, hand] = [of(ourDump, what)(subject), of(byHand, what)(subject)];
        return ms === undefined || hand === undefined ? "" : `${seconds(ms)}, ${Math.round((100 * hand) / ms)} %`;
    };
    const hand = (what: string) => (subject: string) => seconds(of(byHand, what)(subject));
    return {
        heading: ["logical snapshot of 1 GB, in one run for each three; % is of the speed of the tools", ...titles],
        rows: [
            row("**dump: our Snapshot**", beside("dump")),
            row(`dump: ${byHand}`, hand("dump")),
            row("**restore: an Instance from it, until a login works**", beside("restore")),
            row(`restore: ${byHand}, into a server that runs`, hand("restore")),
            row("memory of our process over idle, at most: dump", (subject) => megabytes(of(ourDump, "dump memory")(subject))),
            row("memory of our process over idle, at most: restore", (subject) => megabytes(of(ourDump, "restore memory")(subject))),
        ],
    };
}

function seconds(ms: number | undefined): string {
    return ms === undefined ? "" : `${(ms / 1000).toFixed(1)} s`;
}

function pulumi({ figures }: Results): Table {
    const up = (way: string) => medianOf(figures, { part: "up", way, what: "up" });
    const each = (way: string, floor: string, count: number) => milliseconds(divided(minus(up(way), up(floor)), count));
    const bare = medianOf(figures, { part: "provider", way: bareProvider });
    return {
        heading: ["beside Pulumi itself", ""],
        rows: [
            ["`pulumi up` of an empty stack", milliseconds(up(stacks.empty))],
            [`\`pulumi up\` of ${resources} instances that changes nothing`, milliseconds(up(stacks.instances))],
            ["more for each instance, less the empty stack", each(stacks.instances, stacks.empty, resources)],
            ["more for each instance after the first", each(stacks.instances, stacks.one, resources - 1)],
            [
                `more for each of ${resources} dynamic resources that do nothing, less the empty stack`,
                each(stacks.trivial, stacks.empty, resources),
            ],
            ["idle process of a dynamic provider that does nothing", megabytes(bare)],
            ...titles.map((subject) => [
                `our idle process after a ${subject}: more than that`,
                megabytes(minus(medianOf(figures, { part: "provider", subject, way: ourProvider }), bare)),
            ]),
        ],
    };
}

function withoutBlanks({ heading, rows }: Table): Table {
    const told = rows.filter((row) => row.slice(1).some((cell) => cell !== ""));
    const used = heading.map((_, column) => column === 0 || told.some((row) => (row[column] ?? "") !== ""));
    const shown = (row: readonly string[]) => row.filter((_, column) => used[column]);
    return { heading: shown(heading), rows: told.map(shown) };
}

function milliseconds(ms: number | undefined): string {
    return ms === undefined ? "" : `${Math.round(ms)} ms`;
}

function megabytes(mb: number | undefined): string {
    return mb === undefined ? "" : `${Math.round(mb)} MB`;
}

function against(value: number | undefined, other: number | undefined, said = milliseconds): string {
    if (value === undefined || other === undefined) return said(value);
    return `${said(value)}, ${(value / other).toPrecision(value < other ? 2 : 3)} ×`;
}

function minus(value: number | undefined, other: number | undefined): number | undefined {
    return value === undefined || other === undefined ? undefined : value - other;
}

function divided(value: number | undefined, count: number): number | undefined {
    return value === undefined ? undefined : value / count;
}
