import { engineNamed, engineNames } from "../engines";
import type { LayerManifest, Manifest } from "../snapshots/manifest";
import { argumentNames, isArgument, type Seed, schemaOf } from "./args";
import { checkEngine, checkSnapshot, checkTogether } from "./check-arguments";
import { checkChange } from "./check-change";
import { contextOf, hasContext } from "./context";
import { fillDefaults } from "./defaults";
import { digestOfFile, digestOfText } from "./digest";
import { messageOf } from "./errors";
import { elsewhere } from "./from-layer";
import { type Report, readGiven, suggestion } from "./given";
import { locate } from "./restore";
import { isUnknown } from "./unknown";

export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

export interface Checked {
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly failures: readonly CheckFailure[];
}

type Properties = Readonly<Record<string, unknown>>;

/** What only the daemon knows: which it is, and the snapshot that is an image there. */
export interface Seen {
    readonly layer?: LayerManifest;
    readonly daemon?: string;
}

/** Pulumi shows the value of a property that a failure names: a secret one, or one that may be a secret misspelt, is named in the text only. */
const secrets: ReadonlySet<string> = new Set(["password", "environment", "seeds"]);

/**
 * Approves inputs, fills defaults and reports every fault by property, before anything is made. Unknown values pass through.
 * Defaults are taken from the old inputs where the program did not name them then either, so that an alias, a stack rename or a newer package changes nothing.
 */
export function check(olds: Properties, news: Properties, seen: Seen = {}): Checked {
    const failures: CheckFailure[] = [];
    const report = (property: string, reason: string) => {
        const named = isArgument(property) && !secrets.has(property);
        failures.push(named ? { property, reason } : { property: "", reason: `${property}: ${reason}` });
    };

    const given = readArguments(news, report);
    const engine = typeof given.engine === "string" ? engineNamed(given.engine) : undefined;
    const snapshot = snapshotIn(given, olds, news, seen, report);
    const inputs = fillDefaults(given, olds, news, engine, snapshot);
    if (engine) checkEngine(engine, inputs, report);
    if (engine && typeof snapshot === "object") checkSnapshot(engine, inputs, snapshot, report);
    if (hasContext(news) && contextOf(news).secretEnvironment) {
        report("environment", "holds a secret, and a container's environment can be read by everybody on its daemon");
    }
    checkTogether(inputs, report);
    if (engine && failures.length === 0 && hasContext(olds)) checkChange(engine, olds, inputs, report);
    return { inputs, failures };
}

/** The snapshot that the instance is to be made from, where that is not the one it was made from. */
function snapshotIn(
    given: Properties,
    olds: Properties,
    news: Properties,
    { layer, daemon }: Seen,
    report: Report,
): Manifest | LayerManifest | "unknown" | undefined {
    const wanted = given.snapshotIdentifier;
    if (typeof wanted !== "string") return undefined;
    if (isUnknown(wanted)) return "unknown";
    if (wanted === olds.snapshotIdentifier) return undefined;
    if (layer) return layer;
    const configured = hasContext(news) ? contextOf(news).config.snapshotDirectory : undefined;
    try {
        return locate(wanted, configured, elsewhere(wanted, configured, daemon)).manifest;
    } catch (error) {
        report("snapshotIdentifier", messageOf(error).replace(/^snapshotIdentifier: /, ""));
        return undefined;
    }
}

function readArguments(news: Properties, report: Report): Properties {
    const given = readGiven(news, argumentNames, schemaOf, report);
    if (news.engine === undefined || news.engine === null) report("engine", `is required: one of ${engineNames.join(", ")}`);
    else if (typeof given.engine === "string" && !isUnknown(given.engine) && !engineNamed(given.engine)) {
        report(
            "engine",
            `${given.engine} is not an engine here${suggestion(given.engine, engineNames)}; there are ${engineNames.join(", ")}`,
        );
    }
    if (Array.isArray(given.seeds) && !isUnknown(given.seeds)) given.seeds = digested(given.seeds as readonly Seed[], report);
    return given;
}

/** The steps with the digest of what they say now, by which a change is told and what runs is what was looked at. */
function digested(seeds: readonly Seed[], report: Report): readonly Seed[] {
    return seeds.map(({ name, sql, file }) => {
        if (file === undefined) return { name, sql, sha256: digestOfText(sql ?? "") };
        try {
            return { name, file, sha256: digestOfFile(file) };
        } catch (error) {
            report("seeds", `the step ${name}: ${messageOf(error)}`);
            return { name, file };
        }
    });
}
