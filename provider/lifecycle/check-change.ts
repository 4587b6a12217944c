import { engineNamed } from "../engines";
import type { Engine } from "../engines/engine";
import type { ArgumentName } from "./args";
import { type Change, type Compared, changes, majorOf, majorOfTag, notCarried, sameVolume } from "./changes";
import type { Report } from "./given";
import { isOlder } from "./restore";

type Properties = Readonly<Record<string, unknown>>;

/** What would lose data without being asked is refused here, in preview already. */
export function checkChange(engine: Engine, olds: Properties, inputs: Properties, report: Report): void {
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
    if (carried.length === 0) return [];
    const fault = notCarried(engine, before.username === undefined ? {} : { username: before.username });
    if (fault !== undefined) return carried.map(({ argument }) => step(argument, fault));
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
