import { daemon } from "./daemon";
import { driver } from "./instance";

/** The PostgreSQL 17 image that instances here run on: the official one where a registry can be reached, else ours. Brought here where it is missing. */
export async function plainImage(): Promise<string> {
    const images = (await daemon.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    const there = ["postgres:17", "devdb/postgres:17-debian"].find((image) => images.includes(image));
    if (there) return there;
    const db = driver("bring");
    await db.up({ engine: "postgres", engineVersion: "17" });
    try {
        return db.text("image");
    } finally {
        await db.destroy();
    }
}
