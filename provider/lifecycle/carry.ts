import { randomUUID } from "node:crypto";
import type { FoundImage } from "../images/ensure";
import type { Container } from "../runtimes/runtime";
import { snapshotDirectory } from "../snapshots/directory";
import type { Found } from "../snapshots/lookup";
import { removeStored, verify } from "../snapshots/store";
import type { InstanceInputs } from "./args";
import { majorOf, majorOfTag, notCarried, sameVolume } from "./changes";
import { InstanceError } from "./errors";
import { readFile } from "./files";
import { isHalfFilled } from "./filling";
import { baseOf, marksOf } from "./labels";
import { unfinishedName } from "./names";
import type { Order } from "./order";
import { randomPassword } from "./password";
import { ready } from "./ready";
import { moveData, otherLibc, probed, type Recreation } from "./recreate";
import { isOlder, letUsersIn, restoreInto } from "./restore";
import { recordPath, writeRecord } from "./seed-record";
import { awaitedBy, makeServer } from "./server";
import { stopServer } from "./stop";
import { type Swapped, swapping, takeOver, volumeInUse } from "./swap";
import { dumpOf, said, takeLogical } from "./take";
import { ensureVolume, refuseData, refuseForeignData, volumeBeside, writtenBy } from "./volume";

/** Whether data has to go by dump and restore: to another kind of storage or another volume, into another major version, or to another C library. */
export async function mustCarry(order: Order, old: Container, image: FoundImage, former: InstanceInputs): Promise<boolean> {
    const { inputs, engine } = order;
    const had = await formOf(order, old, former);
    return (
        had.storage !== inputs.storage ||
        had.volumeName !== inputs.volumeName ||
        engine.versions.major(had.engineVersion) !== majorOf(inputs, engine) ||
        (image.id !== baseOf(old) && (await otherLibc(order, old, image)))
    );
}

/**
 * All databases and users into a new container. The old one is stopped throughout, so that nobody writes what would be lost: its data are dumped by a server
 * that nobody can reach, on a copy where they lie in the container. Nobody can log in to the new one either until all is in it; then it takes the old one's place.
 */
export async function carry(order: Order, recreation: Recreation, former: InstanceInputs): Promise<Swapped> {
    const { inputs, engine, context, progress } = order;
    const fault = notCarried(engine, { username: inputs.username });
    if (fault !== undefined) throw new InstanceError(`${fault}. Nothing was changed`);
    if (inputs.volumeName !== undefined && volumeInUse(order, recreation.old) === inputs.volumeName)
        throw new InstanceError(`volumeName: ${sameVolume(inputs.volumeName)}. Nothing was changed`);
    const had = await formOf(order, recreation.old, former);
    // A move to a newer one was killed before the state knew of it, and is no longer wanted.
    if (isOlder(majorOf(inputs, engine), engine.versions.major(had.engineVersion)))
        throw new InstanceError(
            `engineVersion: is ${inputs.engineVersion}, and the data is of ${engine.title} ${had.engineVersion} by now, which an older server cannot read; set it to ${had.engineVersion}. Nothing was changed`,
        );
    await refuseFull(order, recreation.image);
    const name = unfinishedName(inputs.identifier);
    const directory = snapshotDirectory(context.config.snapshotDirectory);
    return swapping(order, recreation, async () => {
        const dump = await dumped(order, recreation.old, had, directory);
        try {
            progress("checking the dump");
            await verify(dump.path, dump.manifest);
            return await filled(order, recreation, name, dump);
        } finally {
            await removeStored(dump.path);
        }
    });
}

/** What the user's volume holds is looked at before the old one is stopped. */
async function refuseFull(order: Order, image: FoundImage): Promise<void> {
    const { volumeName } = order.inputs;
    if (volumeName === undefined || !(await order.runtime.findVolume(volumeName))) return;
    const used = await ensureVolume(order, volumeName);
    const look = async (name: string) => {
        // What a run that was killed had begun in it goes.
        if (await isHalfFilled(order, name)) return;
        await refuseForeignData(order, name, used);
        await refuseData(order, name, used);
    };
    await probed(order, image, look, volumeName);
}

/** How the old container holds its data, by itself; the state may know less, where a run was killed. */
async function formOf(order: Order, old: Container, former: InstanceInputs): Promise<InstanceInputs> {
    const { engine, runtime } = order;
    const { volumeName: _, ...rest } = former;
    const volume = volumeInUse(order, old);
    const role = volume === undefined ? undefined : marksOf((await runtime.findVolume(volume))?.labels ?? {})?.role;
    // One that an earlier instance made may have been named by the user since.
    const own = role === "data" && volume !== former.volumeName;
    const written = (await writtenBy(order, old.name)) ?? (await tagged(order, old));
    const known = written === undefined || engine.versions.major(written) === engine.versions.major(former.engineVersion);
    return {
        ...rest,
        storage: storageBy(volume, own && engine.data.fixed === true, former.storage),
        ...(volume === undefined || own ? {} : { volumeName: volume }),
        engineVersion: known ? former.engineVersion : written,
    };
}

/** What the tags of its image say, where the data leave no word of their version. */
async function tagged({ engine, runtime }: Order, old: Container): Promise<string | undefined> {
    const { references = [] } = (await runtime.images.find(baseOf(old))) ?? {};
    return references.map((reference) => majorOfTag(reference, engine)).find((major) => major !== undefined);
}

function storageBy(volume: string | undefined, fixed: boolean, former: InstanceInputs["storage"]): InstanceInputs["storage"] {
    if (volume !== undefined) return fixed ? former : "volume";
    return former === "volume" ? "container" : former;
}

/** A dump of a stopped instance, which stays as it is. `had`: how it holds its data. */
async function dumped(order: Order, old: Container, had: InstanceInputs, directory: string): Promise<Found> {
    const { runtime, inputs, login, progress, signal } = order;
    const name = unfinishedName(inputs.identifier);
    const found = await runtime.images.find(baseOf(old));
    if (!found) throw new InstanceError(`the image of ${old.name} is gone from the daemon, so that its data cannot be read`);
    const asItWas: Order = {
        ...order,
        inputs: { ...had, networks: [], aliases: [] },
        login: { ...login, password: order.formerPassword ?? login.password },
    };
    const volume = volumeInUse(order, old);
    await makeServer(asItWas, {
        name,
        image: { ...found, reference: found.references[0] ?? found.id },
        volume,
        port: "unpublished",
        fill: volume === undefined ? () => moveData(order, old.name, name) : async () => undefined,
    });
    const container = await runtime.find(name);
    if (!container) throw new InstanceError(`${name} was removed while it was being dumped`);
    const id = `${inputs.identifier}-${randomUUID().slice(0, 8)}`;
    const dump = await takeLogical({ runtime, container, id, directory, purpose: "passing", tags: {}, progress, signal });
    try {
        await stopServer(order, name);
        await runtime.remove(name);
        return dump;
    } catch (error) {
        await removeStored(dump.path);
        throw error;
    }
}

/** Its master user has a password that nobody knows, and the others none that counts, until it is about to take the old one's place. */
async function filled(order: Order, { old, image, port }: Recreation, name: string, dump: Found): Promise<Swapped> {
    const closed: Order = { ...order, login: { ...order.login, password: randomPassword() } };
    const volume = await volumeBeside(order);
    const server = await makeServer(closed, {
        name,
        image,
        volume,
        port,
        restore: () => restoreInto(closed, name, dump),
        finish: async (_name, server) => {
            await refuseLoss(order, name, dump);
            await keepRecord(order, old, name);
            await letUsersIn(order, name, dump);
            await ready(awaitedBy(order, name, server.port, "always"));
            await takeOver(order, name);
        },
    });
    return { ...server, ...(volume === undefined ? {} : { volume }) };
}

/** Which seeds have run stays known. */
async function keepRecord(order: Order, old: Container, name: string): Promise<void> {
    const text = await readFile(order.runtime, old.name, recordPath(order));
    if (text !== undefined) await writeRecord(order, name, text);
}

/** The tools have said that they did it all; the server itself is asked too. */
async function refuseLoss({ engine, runtime, signal }: Order, name: string, { manifest }: Found): Promise<void> {
    const dump = dumpOf(engine);
    const now = dump.surveyed(await said(engine, runtime, name, dump.survey, signal));
    const databases = now.databases.map((database) => database.name);
    const missing = [
        ...manifest.databases.map((database) => database.name).filter((database) => !databases.includes(database)),
        ...manifest.users.filter((user) => !now.users.includes(user)),
    ];
    if (missing.length > 0) throw new InstanceError(`${missing.join(", ")} did not come over into the new container`);
}
