import type { ImageStore, StoredImage } from "../runtimes/runtime";
import { marksOf } from "./labels";

/** Whether a primed layer serves nobody any more: the reference that it was primed for means another image by now, or none. */
export async function isSuperseded(images: Pick<ImageStore, "find">, { labels }: StoredImage): Promise<boolean> {
    const marks = marksOf(labels);
    if (marks?.role !== "primed") return false;
    return (await images.find(marks.name))?.id !== marks.image;
}
