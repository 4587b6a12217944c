import type { PullFailed, PullFault } from "../runtimes/runtime";
import { registryOf } from "./credentials";

/** What the user can do about a pull that failed, in a sentence. `otherwise`: about one for which no registry can be reached. */
export function advice({ kind, reference }: PullFailed, hadLogin: boolean, otherwise: string | undefined): string {
    const registry = registryOf(reference);
    const name = registry === "docker.io" ? "Docker Hub" : registry;
    const login = `docker login${registry === "docker.io" ? "" : ` ${registry}`}`;
    const sentences: Readonly<Record<PullFault, string>> = {
        refused: hadLogin
            ? `The login for ${name} in Docker's config.json is not good for this image: mend the name, or log in again: ${login}`
            : `Docker's config.json has no login for ${name}: mend the name, or log in: ${login}`,
        missing: `${name} has no such image: name one that it has`,
        limited: `${name} gives no more for now: wait, ${hadLogin ? "" : `log in (${login}), `}or set devdb:registry to a mirror`,
        broken: `${name} answered, and the pull ended half-way: run pulumi up again`,
        unreachable: otherwise ?? `No registry can be reached: run pulumi up again when ${name} can be, or load the image (docker load)`,
        other: `Try it by hand: docker pull ${reference}`,
    };
    return sentences[kind];
}
