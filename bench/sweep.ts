import { rm } from "node:fs/promises";
import { daemon } from "./docker";
import { folder, label, mark, project, repository } from "./mark";

/** Removes all that carries the mark of this run. What is gone already is success. */
export async function sweep(): Promise<void> {
    const all = await daemon.listContainers({ all: true });
    const ours = all.filter(({ Labels }) => isMarked(Labels) || Labels["devdb.name"]?.startsWith(`${repository}:${mark}-`));
    await Promise.all(ours.map(({ Id }) => gone(daemon.getContainer(Id).remove({ force: true, v: true }))));
    const { Volumes } = await daemon.listVolumes();
    await Promise.all((Volumes ?? []).filter(({ Labels }) => isMarked(Labels)).map(({ Name }) => gone(daemon.getVolume(Name).remove())));
    await removeImages();
    await rm(folder, { recursive: true, force: true });
}

/** Containers and volumes: ours by the label of their stack, the others by the bench's own. */
function isMarked(labels: Readonly<Record<string, string>> | null | undefined): boolean {
    if (labels?.["devdb.project"] === project && labels["devdb.stack"]?.startsWith(mark)) return true;
    return labels?.[label.key] === label.value;
}

/** Primed layers first: they stand on the images that were derived. */
async function removeImages(): Promise<void> {
    const images = await daemon.listImages();
    const primed = images.filter(({ Labels }) => Labels?.["devdb.name"]?.startsWith(`${repository}:${mark}-`));
    const derived = images.filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith(`${repository}:${mark}-`)));
    const taken = images.filter(({ Labels }) => Labels?.["devdb.role"] === "snapshot" && isMarked(Labels));
    for (const { Id } of [...taken, ...primed, ...derived]) await gone(daemon.getImage(Id).remove({ force: true }));
}

async function gone(removal: Promise<unknown>): Promise<void> {
    await removal.catch((error: { readonly statusCode?: number }) => {
        if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
    });
}
