/**
 * What the providers in states call, for ever: their text holds `require("pulumi-devdb/provider/v1")` and nothing else of ours. Names and signatures
 * here are added to and never changed, and every state that was ever written must stay readable. Plain values in, plain values out.
 */

import { endWithEngine, interruptible } from "./interrupt";
import type { CheckFailure } from "./lifecycle/check";
import type { Difference } from "./lifecycle/diff";
import { isPreviewed, noteRun } from "./lifecycle/preview";
import { rowOf } from "./status";
import { loadWhenUsed } from "./when-used";

type Properties = Readonly<Record<string, unknown>>;

endWithEngine();
// Its messages in fifty languages.
loadWhenUsed(["zod", "./v4/locales/index.cjs"]);

export const instance = {
    check: async (
        olds: Properties,
        news: Properties,
    ): Promise<{ readonly inputs: Properties; readonly failures: readonly CheckFailure[] }> => {
        const { checkOnDaemon } = await import("./lifecycle/check-daemon.js");
        noteRun(urnOf(news), contextIn(news).preview === true);
        return readable(async () => checkOnDaemon(olds, news));
    },

    diff: async (
        _id: string,
        olds: Properties,
        news: Properties,
    ): Promise<{ changes?: boolean; replaces: string[]; deleteBeforeReplace: boolean }> => {
        const { difference } = await import("./lifecycle/diff.js");
        return readable(async () => {
            return answered(news, await difference(olds, news, isPreviewed(urnOf(news))), true);
        });
    },

    create: async (inputs: Properties): Promise<{ readonly id: string; readonly outs: Properties }> => {
        const { create } = await import("./lifecycle/instance.js");
        const progress = rowOf(urnOf(inputs)).status;
        return readable(async () => {
            const { id, outputs } = await interruptible((signal) => create(inputs, { progress, signal }));
            return { id, outs: outputs };
        }, inputs);
    },

    read: async (
        id: string,
        props: Properties,
    ): Promise<{ readonly id?: string; readonly props?: Properties; readonly inputs?: Properties }> => {
        const { read } = await import("./lifecycle/instance.js");
        const progress = rowOf(urnOf(props)).status;
        return readable(async () => {
            const found = await interruptible((signal) => read(props, { progress, signal }));
            return found ? { id, props: found.outputs, inputs: found.inputs } : {};
        });
    },

    update: async (_id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> => {
        const { update } = await import("./lifecycle/instance.js");
        const progress = rowOf(urnOf(news)).status;
        return readable(async () => ({ outs: await interruptible((signal) => update(olds, news, { progress, signal }), "left") }), news);
    },

    delete: async (_id: string, props: Properties): Promise<void> => {
        const { remove } = await import("./lifecycle/instance.js");
        const { status: progress, say, heard } = rowOf(urnOf(props));
        return readable(async () => {
            await interruptible((signal) => remove(props, { progress, say, signal }));
            await heard();
        });
    },
};

export const snapshot = {
    check: async (
        olds: Properties,
        news: Properties,
    ): Promise<{ readonly inputs: Properties; readonly failures: readonly CheckFailure[] }> => {
        const { checkSnapshot } = await import("./lifecycle/snapshot-check.js");
        noteRun(urnOf(news), contextIn(news).preview === true);
        return readable(async () => checkSnapshot(olds, news));
    },

    diff: async (
        _id: string,
        olds: Properties,
        news: Properties,
    ): Promise<{ changes?: boolean; replaces: string[]; deleteBeforeReplace: boolean }> => {
        const { snapshotDifference } = await import("./lifecycle/snapshot-diff.js");
        return readable(async () => {
            return answered(news, snapshotDifference(olds, news, isPreviewed(urnOf(news))), false);
        });
    },

    create: async (inputs: Properties): Promise<{ readonly id: string; readonly outs: Properties }> => {
        const { takeSnapshot } = await import("./lifecycle/snapshot.js");
        const { status: progress, say, heard } = rowOf(urnOf(inputs));
        return readable(async () => {
            const { id, outputs } = await interruptible((signal) => takeSnapshot(inputs, { progress, say, signal }));
            await heard();
            return { id, outs: outputs };
        });
    },

    read: async (
        id: string,
        props: Properties,
    ): Promise<{ readonly id?: string; readonly props?: Properties; readonly inputs?: Properties }> => {
        const { readSnapshot } = await import("./lifecycle/snapshot.js");
        return readable(async () => {
            const found = await readSnapshot(props);
            return found ? { id, props: found.outputs, inputs: found.inputs } : {};
        });
    },

    update: async (_id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> => {
        const { updateSnapshot } = await import("./lifecycle/snapshot.js");
        return readable(async () => ({ outs: await updateSnapshot(olds, news) }));
    },

    delete: async (_id: string, props: Properties): Promise<void> => {
        const { removeSnapshot } = await import("./lifecycle/snapshot.js");
        return readable(async () => removeSnapshot(props));
    },
};

/**
 * Errors cross to the engine as their message alone, and the launcher prints a stack that helps nobody but us. An instance that was made, but not as it
 * should be, is told with id and properties, so that the state has it and the next `up` mends it.
 */
async function readable<T>(work: () => Promise<T>, inputs?: Properties): Promise<T> {
    try {
        return await work();
    } catch (error) {
        const known = error instanceof Error && error.name === "InstanceError";
        if (error instanceof Error && (known || error.name === "NoDocker" || error.name === "DaemonSilent")) error.stack = "";
        if (error instanceof Error && "id" in error && "outputs" in error) {
            const properties = { ...(error.outputs as Properties), __provider: inputs?.__provider };
            throw Object.assign(error, { properties, reasons: [error.message] });
        }
        throw error;
    }
}

/** What differs, told in the resource's row and in Pulumi's own form. */
async function answered(
    news: Properties,
    { said, changes, replaces }: Difference,
    deleteBeforeReplace: boolean,
): Promise<{ changes?: boolean; replaces: string[]; deleteBeforeReplace: boolean }> {
    const row = rowOf(urnOf(news));
    for (const text of said) row.say(text);
    await row.heard();
    return { ...(changes === undefined ? {} : { changes }), replaces: [...replaces], deleteBeforeReplace };
}

function urnOf(properties: Properties): string {
    const { urn } = contextIn(properties);
    return typeof urn === "string" ? urn : "";
}

function contextIn({ __devdb: context }: Properties): Properties {
    return typeof context === "object" && context !== null ? (context as Properties) : {};
}
