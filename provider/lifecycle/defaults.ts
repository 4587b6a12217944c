import type { Engine } from "../engines/engine";
import type { LayerManifest, Manifest } from "../snapshots/manifest";
import { type ArgumentName, argumentNames, schemaOf } from "./args";
import { contextOf, hasContext, reserved } from "./context";
import { defaultIdentifier } from "./identifier";
import { withoutUndefined } from "./outputs";
import { isUnknown, unknownText } from "./unknown";

type Properties = Readonly<Record<string, unknown>>;

/** What the program named, and for all else what was chosen before, what the snapshot says, or the default. */
export function fillDefaults(
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
