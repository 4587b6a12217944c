import { join } from "node:path";
import { ensureImage, type FoundImage } from "../../provider/images/ensure";
import { docker } from "../../provider/runtimes/docker";
import { type ImageStore, PullFailed } from "../../provider/runtimes/runtime";

export interface TinyWish {
    /** Names and labels the image: nobody else's is touched. */
    readonly name: string;
    /** `slow…` takes a minute, `broken…` fails. */
    readonly line: string;
    readonly rebuild?: boolean;
}

export function tinyTag(name: string): string {
    return `devdb/tiny:${name}`;
}

export function tinyLabels(name: string): Readonly<Record<string, string>> {
    return { "devdb.tiny": name, "devdb.text": 'with "quotes" and $dollars' };
}

/** Has the tiny image built by the daemon here, as an engine's is where no registry can be reached. */
export async function ensureTiny(
    { name, line, rebuild = false }: TinyWish,
    progress: (text: string) => void = () => undefined,
    store?: ImageStore,
): Promise<FoundImage> {
    const images = store ?? (await docker({})).images;
    const offline: ImageStore = {
        ...images,
        pull: (reference) => Promise.reject(new PullFailed(reference, "no such host", "unreachable")),
    };
    const build = {
        ...{ tag: tinyTag(name), context: join("..", "test", "support", "tiny"), suite: "trixie", line, arguments: {} },
        labels: tinyLabels(name),
    };
    return ensureImage(offline, "here", { reference: `registry.invalid/tiny:${name}`, build, rebuild }, progress);
}

// As a process of its own: name and line.
if (require.main === module) {
    const [name = "", line = ""] = process.argv.slice(2);
    ensureTiny({ name, line }, (text) => process.stderr.write(`${text}\n`)).then(
        ({ id }) => process.stdout.write(id),
        (error: unknown) => {
            process.stderr.write(String(error));
            process.exitCode = 1;
        },
    );
}
