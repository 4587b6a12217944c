import { type Change, type Compared, changes, strongest } from "./changes";
import { contextOf, hasContext } from "./context";
import { drift } from "./drift";
import { engineOf } from "./order";
import { inputsOf } from "./outputs";
import { isUnknown } from "./unknown";

type Properties = Readonly<Record<string, unknown>>;

export interface Difference {
    /** `undefined`: the inputs differ, and the engine may work out itself how, which lets it show and obey it (`replaceOnChanges`). */
    readonly changes: boolean | undefined;
    readonly replaces: readonly string[];
    /** What the change means, in one of the five words, and why. */
    readonly said: readonly string[];
}

/**
 * Compares what was asked for then and now; where nothing differs, looks at the container, so that a plain `up` mends what a reboot did. `preview`: what is
 * unknown will be known to the `up` after it.
 */
export async function difference(olds: Properties, news: Properties, preview = false): Promise<Difference> {
    const before = asked(olds);
    const all = [
        ...changes(before, news as Compared, engineOf({ engine: String(olds.engine) })),
        ...(preview ? awaited(before, news) : []),
    ];
    const word = strongest(all);
    if (word !== undefined) {
        const replaces = all.filter((change) => change.word === "replace").map((change) => change.argument);
        const why = all.filter((change) => change.word === word).map((change) => change.why);
        // What is unknown yet could make the word a stronger one.
        const silent = word !== "replace" && Object.values(news).some(isUnknown);
        return { changes: undefined, replaces, said: silent ? [] : [`${word}: ${why.join(", ")}`] };
    }
    // A value that is not known yet may differ once it is; the engine shows it as a change, and asks again.
    if (Object.entries(news).some(([key, value]) => key !== "__devdb" && key !== "__provider" && isUnknown(value)))
        return { changes: true, replaces: [], said: [] };
    const drifted = await drift(olds);
    return drifted === undefined
        ? { changes: false, replaces: [], said: [] }
        : { changes: true, replaces: [], said: [`in place: ${drifted}`] };
}

/**
 * A snapshot that is taken in the `up` to come has an id that none had before. Said in a preview alone: in an `up` Pulumi also asks with unknowns, and deletes
 * what then says that it is replaced, although the snapshot may stay (see preview.ts).
 */
function awaited(before: Compared, news: Properties): readonly Change[] {
    if (!isUnknown(news.snapshotIdentifier) || isUnknown(before.snapshotIdentifier)) return [];
    return [{ argument: "snapshotIdentifier", word: "replace", why: "snapshotIdentifier (its snapshot is yet to be taken)" }];
}

/** What was asked for when the outputs were made. The port is the one that it led to, so that a wish which it meets is no change. */
function asked(outputs: Properties): Compared {
    const inputs = hasContext(outputs) ? inputsOf(outputs) : outputs;
    const given = hasContext(outputs) && contextOf(outputs).given.includes("password");
    return { ...(inputs as Compared), port: outputs.port as Compared["port"], ...(given ? {} : { password: outputs.password as string }) };
}
