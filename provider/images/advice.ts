import type { PullFailed, PullFault } from "../runtimes/runtime";
import { registryOf } from "./credentials";

/** What became of the login for a registry: there was none, it was shown and refused, or it could not be read. */
export type LoginState = "none" | "refused" | Error;

/** What the user can do about a pull that failed, in a sentence. `otherwise`: about one for which no registry can be reached. */
export function advice({ kind, reference }: PullFailed, login: LoginState, otherwise: string | undefined): string {
    const registry = registryOf(reference);
    const name = registry === "docker.io" ? "Docker Hub" : registry;
    const command = `docker login${registry === "docker.io" ? "" : ` ${registry}`}`;
    const sentences: Readonly<Record<PullFault, string>> = {
        refused: aboutLogin(login, name, command),
        missing: `${name} has no such image: name one that it has`,
        limited: `${name} gives no more for now: wait, or log in (${command}), or set devdb:registry to a mirror`,
        broken: `${name} answered, and the pull ended half-way: run pulumi up again`,
        unreachable: otherwise ?? `Run pulumi up again when ${name} can be reached, or load the image (docker load)`,
        other: `Try it by hand: docker pull ${reference}`,
    };
    return sentences[kind];
}

function aboutLogin(login: LoginState, name: string, command: string): string {
    if (login === "none") return `Docker's config.json has no login for ${name}: mend the image's name, or log in: ${command}`;
    if (login === "refused")
        return `The login for ${name} in Docker's config.json is not good for it: mend the image's name, or log in again: ${command}`;
    return login.message;
}
