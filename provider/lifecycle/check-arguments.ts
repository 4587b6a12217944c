import type { Engine } from "../engines/engine";
import type { LayerManifest, Manifest } from "../snapshots/manifest";
import type { ArgumentName } from "./args";
import { unfitLayer } from "./from-layer";
import type { Report } from "./given";
import { limitsOfClass } from "./instance-class";
import { unfit } from "./restore";
import { isUnknown } from "./unknown";
import { lineOf } from "./version-line";

type Properties = Readonly<Record<string, unknown>>;

/** What the engine cannot do with these arguments. Unknown ones pass. */
export function checkEngine(engine: Engine, inputs: Properties, report: Report): void {
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

/** What does not go together, whatever the engine. */
export function checkTogether(inputs: Properties, report: Report): void {
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

/** Why the instance cannot be made from this snapshot. */
export function checkSnapshot(engine: Engine, inputs: Properties, manifest: Manifest | LayerManifest, report: Report): void {
    const wish = Object.fromEntries(
        (["engineVersion", "username", "dbName", "storage"] as const).flatMap((argument) => {
            const value = inputs[argument];
            return typeof value === "string" && !isUnknown(value) ? [[argument, value]] : [];
        }),
    );
    const faults = manifest.method === "image" ? unfitLayer(manifest, engine, wish) : unfit(manifest, engine, wish);
    for (const { property, reason } of faults) report(property, reason);
}

function mebibytes(bytes: number): string {
    return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
