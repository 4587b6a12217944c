import { engineNamed, engineNames } from "../engines";
import type { Engine } from "../engines/engine";
import type { LayerManifest, Manifest } from "../snapshots/manifest";
import { type ArgumentName, argumentNames, isArgument, type Seed, schemaOf } from "./args";
import { type Change, type Compared, changes, majorOf, majorOfTag, notCarried, sameVolume } from "./changes";
import { contextOf, hasContext, reserved } from "./context";
import { digestOfFile, digestOfText } from "./digest";
import { messageOf } from "./errors";
import { elsewhere, unfitLayer } from "./from-layer";
import { readGiven, suggestion } from "./given";
import { defaultIdentifier } from "./identifier";
import { limitsOfClass } from "./instance-class";
import { isOlder, locate, unfit } from "./restore";
import { isUnknown, unknownText } from "./unknown";

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

function checkSnapshot(engine: Engine, inputs: Properties, manifest: Manifest | LayerManifest, report: Report): void {
    const wish = Object.fromEntries(
        (["engineVersion", "username", "dbName", "storage"] as const).flatMap((argument) => {
            const value = inputs[argument];
            return typeof value === "string" && !isUnknown(value) ? [[argument, value]] : [];
        }),
    );
    const faults = manifest.method === "image" ? unfitLayer(manifest, engine, wish) : unfit(manifest, engine, wish);
    for (const { property, reason } of faults) report(property, reason);
}

type Report = (property: string, reason: string) => void;

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

function fillDefaults(
    given: Properties,
    olds: Properties,
    news: Properties,
    engine: Engine | undefined,
    snapshot: Manifest | LayerManifest | "unknown" | undefined,
): Properties {
    const context = hasContext(news) ? contextOf(news) : undefined;
    const before = hasContext(olds) ? contextOf(olds) : undefined;
    const sameEngine = olds.engine === given.engine || isUnknown(given.engine);
    // A new engine has its own versions and names; all else that was chosen once stays.
    const chosen = (argument: ArgumentName): unknown => {
        if (!before || before.given.includes(argument)) return undefined;
        if (!sameEngine && ["engineVersion", "username", "dbName", "startupTimeout"].includes(argument)) return undefined;
        if (typeof snapshot === "object" && isAccount(argument)) return undefined;
        return olds[argument] ?? undefined;
    };
    const filled: Record<string, unknown> = {};
    for (const argument of argumentNames) {
        const value =
            given[argument] ??
            chosen(argument) ??
            (snapshot && isAccount(argument) ? accountOf(snapshot)[argument] : defaultOf(argument, engine, context));
        if (value !== undefined) filled[argument] = value;
    }
    const reservedInput = context && {
        ...context,
        given: argumentNames.filter((argument) => given[argument] !== undefined),
        port: undefined,
        startedAt: undefined,
    };
    return {
        ...filled,
        ...(reservedInput ? { [reserved]: withoutUndefined(reservedInput) } : {}),
        ...(news.__provider === undefined ? {} : { __provider: news.__provider }),
    };
}

function isAccount(argument: ArgumentName): argument is "username" | "dbName" {
    return argument === "username" || argument === "dbName";
}

/** An instance that is made from a snapshot has the names of the one that it was taken of. */
function accountOf(snapshot: Manifest | LayerManifest | "unknown"): { readonly username: string; readonly dbName?: string | undefined } {
    return snapshot === "unknown" ? { username: unknownText, dbName: unknownText } : snapshot;
}

function defaultOf(
    argument: ArgumentName,
    engine: Engine | undefined,
    context: { project: string; stack: string; name: string } | undefined,
): unknown {
    switch (argument) {
        case "identifier":
            return context && defaultIdentifier(context.project, context.stack, context.name);
        case "engineVersion":
            return engine?.versions.default;
        case "username":
            return engine?.defaults.username;
        case "dbName":
            return engine?.defaults.dbName;
        case "startupTimeout":
            return engine?.startupSeconds;
        default: {
            const read = schemaOf(argument).safeParse(undefined);
            return read.success ? read.data : undefined;
        }
    }
}

function checkEngine(engine: Engine, inputs: Properties, report: Report): void {
    const known = <T>(argument: ArgumentName): T | undefined =>
        isUnknown(inputs[argument]) ? undefined : (inputs[argument] as T | undefined);
    const version = known<string>("engineVersion");
    if (version !== undefined && lineOf(engine, version) === undefined) {
        report(
            "engineVersion",
            `${version} is not among ${engine.title}'s lines here: ${engine.versions.lines.join(", ")}, or a version of one of them such as ${engine.versions.default}.1`,
        );
    }
    const { license } = engine;
    if (license && known<boolean>("acceptLicense") === false) {
        report("acceptLicense", `must be true to run ${engine.title}: it accepts ${license.terms} (${license.url})`);
    }
    const account = Object.fromEntries(
        (["username", "dbName", "password"] as const).flatMap((key) => {
            const value = known<string>(key);
            return value === undefined ? [] : [[key, value]];
        }),
    );
    for (const fault of engine.faults(account)) report(fault.property, fault.reason);
    for (const variable of Object.keys(known<Properties>("environment") ?? {})) {
        if (engine.ownsVariable(variable))
            report("environment", `${variable} belongs to the instance's own arguments and cannot be set here`);
        else if (/PASS(WORD|WD)|SECRET|TOKEN|PRIVATE_?KEY|CREDENTIAL/i.test(variable))
            report("environment", `${variable} looks like a secret, and a container's environment can be read by everybody on its daemon`);
        else if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(variable)) report("environment", `${variable} is not a name for a variable`);
    }
    const parameters = Object.entries(known<Properties>("parameters") ?? {});
    if (parameters.length > 0 && !engine.parameters)
        report("parameters", `cannot be set for ${engine.title}: its image reads no parameter file`);
    for (const [name, value] of parameters) {
        if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) report("parameters", `${name} is not a name for a parameter`);
        else if (/\p{Cc}/u.test(String(value))) report("parameters", `the value of ${name} holds a control character`);
    }
    if (known<string>("durability") === "fast" && !engine.fast)
        report("durability", `cannot be fast for ${engine.title}: it has no safety to give up for speed`);
    if (known<boolean>("skipFinalSnapshot") === false && !engine.dump)
        report("skipFinalSnapshot", `must be true for ${engine.title}: this version takes no snapshots of it`);
    const username = known<string>("username");
    const undumpable = engine.dump?.undumpable?.(username === undefined ? {} : { username });
    if (known<boolean>("skipFinalSnapshot") === false && undumpable)
        report("skipFinalSnapshot", `must be true: ${undumpable.property} ${undumpable.reason}`);
    if (known<string>("snapshotIdentifier") !== undefined && !engine.dump)
        report("snapshotIdentifier", `cannot be given for ${engine.title}: this version takes no snapshots of it`);
    const { notInMemory } = engine.data;
    if (known<string>("storage") === "tmpfs" && notInMemory) report("storage", `cannot be tmpfs for ${engine.title}: ${notInMemory}`);
    const className = known<string>("instanceClass");
    const limits = className === undefined ? undefined : limitsOfClass(className);
    if (className !== undefined && !limits)
        report(
            "instanceClass",
            `${className} is not a class that is known here; db.t3.micro and db.m6g.large are. Or give memory and cpus`,
        );
    const memory = known<number>("memory") ?? limits?.memory;
    if (memory !== undefined && memory < engine.memoryFloor) {
        report(
            known<number>("memory") === undefined ? "instanceClass" : "memory",
            `gives ${mebibytes(memory)}, and ${engine.title} does not start below ${mebibytes(engine.memoryFloor)}`,
        );
    }
}

function checkTogether(inputs: Properties, report: Report): void {
    // An unknown one may turn out not to be there.
    const has = (argument: ArgumentName) => inputs[argument] !== undefined && !isUnknown(inputs[argument]);
    if (has("instanceClass") && (has("memory") || has("cpus"))) {
        report("instanceClass", "gives memory and cpus already; give it or them");
    }
    if (has("volumeName") && has("storage") && inputs.storage !== "volume") {
        report("volumeName", 'is for storage "volume"; set storage or leave volumeName out');
    }
    if (Array.isArray(inputs.aliases) && inputs.aliases.length > 0 && Array.isArray(inputs.networks) && inputs.networks.length === 0) {
        report("aliases", "are names on the networks in networks, and there are none");
    }
}

/** What would lose data without being asked is refused here, in preview already. */
function checkChange(engine: Engine, olds: Properties, inputs: Properties, report: Report): void {
    const before = olds as Compared;
    const all = changes(before, inputs as Compared, engineNamed(String(before.engine)) ?? engine);
    const replacing = all.filter((change) => change.word === "replace");
    if (replacing.length > 0 && before.deletionProtection === true) {
        // Of a create that failed in a step the inputs tell all steps, also those that never ran: `delete` refuses by those that did.
        for (const change of replacing.filter(({ argument }) => argument !== "seeds")) report(change.argument, protectedReason(change));
    }
    if (replacing.some((change) => change.argument === "engine" || change.argument === "identifier" || change.argument === "runtime"))
        return;
    const carried = replacing.length > 0 ? [] : all.filter(({ word }) => word === "carry");
    for (const { argument, reason } of carryFaults(engine, carried, before, inputs as Compared)) report(argument, reason);
}

function protectedReason(change: Change): string {
    return `this change replaces the instance, and deletionProtection is on: set deletionProtection to false, run pulumi up, then change ${change.argument}`;
}

/** Why data cannot be carried over by dump and restore. */
function carryFaults(
    engine: Engine,
    carried: readonly Change[],
    before: Compared,
    { image, engineVersion = engine.versions.default, volumeName }: Compared,
): readonly { readonly argument: ArgumentName; readonly reason: string }[] {
    const step = (argument: ArgumentName, reason: string) => ({
        argument,
        reason: `${reason}; nothing was changed. To start empty instead, give the instance another name or identifier`,
    });
    if (!engine.dump?.restore.logins) return carried.map(({ argument }) => step(argument, notCarried(engine)));
    if (carried.length === 0) return [];
    const tagged = image === undefined ? undefined : majorOfTag(image, engine);
    if (tagged !== undefined && tagged !== engine.versions.major(engineVersion))
        return [
            {
                argument: "engineVersion",
                reason: `is ${engineVersion}, and the image ${image} is of ${tagged}: set engineVersion to ${tagged}, or choose another image`,
            },
        ];
    const had = majorOf({ image: before.image, engineVersion: before.engineVersion ?? engine.versions.default }, engine);
    const wanted = engine.versions.major(engineVersion);
    if (volumeName !== undefined && volumeName === before.volumeName)
        return [{ argument: "volumeName", reason: `${sameVolume(volumeName)}. Nothing was changed` }];
    if (!isOlder(wanted, had)) return [];
    return [step("engineVersion", `is ${engineVersion}, and the data is of ${engine.title} ${had}, which an older server cannot read`)];
}

/** The line that a version is or belongs to. */
export function lineOf(engine: Engine, version: string): string | undefined {
    return engine.versions.lines.find((line) => version === line || version.startsWith(`${line}.`) || version.startsWith(`${line}-`));
}

function mebibytes(bytes: number): string {
    return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function withoutUndefined(object: Properties): Properties {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
