import { pack } from "tar-stream";
import { daemon } from "./daemon";

/** The engine's own image for a version, as it is called here: pulled under its official name, or built. */
export async function engineImage(family: string, line: string): Promise<string> {
    const names = [`${family}:${line}`, `devdb/${family}:${line}-debian`];
    for (const name of names) if (await exists(name)) return name;
    throw new Error(`none of ${names.join(", ")} is here; an up of that engine brings one`);
}

/** Makes an image of another one and some lines of a Dockerfile. */
export async function derivedImage(tag: string, from: string, ...lines: readonly string[]): Promise<string> {
    const context = pack();
    context.entry({ name: "Dockerfile" }, [`FROM ${from}`, ...lines, ""].join("\n"));
    context.finalize();
    const stream = await daemon.buildImage(context as unknown as NodeJS.ReadableStream, { t: tag, rm: true, forcerm: true });
    const output: { readonly error?: string }[] = await new Promise((resolve, reject) =>
        daemon.modem.followProgress(stream, (error, all) => (error ? reject(error) : resolve(all))),
    );
    const fault = output.find(({ error }) => error !== undefined)?.error;
    if (fault !== undefined) throw new Error(fault);
    return tag;
}

/** Removes an image and the layers that were primed on it. */
export async function removeImage(tag: string): Promise<void> {
    const image = await daemon
        .getImage(tag)
        .inspect()
        .catch(() => undefined);
    if (!image) return;
    const primed = await daemon.listImages({ filters: { label: [`devdb.image=${image.Id}`] } });
    for (const { Id } of [...primed, { Id: tag }])
        await daemon
            .getImage(Id)
            .remove({ force: true })
            .catch(() => undefined);
}

async function exists(tag: string): Promise<boolean> {
    return daemon
        .getImage(tag)
        .inspect()
        .then(
            () => true,
            () => false,
        );
}
