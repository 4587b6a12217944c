import { answers } from "../answers";
import { dockerRm, dockerRun, type Run } from "../docker";
import type { Subject } from "../subjects";
import { ways } from "./names";
import type { Way } from "./way";

/** The image started plainly by its official entrypoint, and waited for by logging in as the same user. */
export function plain(subject: Subject, image: string, over: Partial<Run> = {}, name: string = ways.plain): Way {
    const { port, environment, url } = subject;
    return {
        name,
        prepare: async () => async () => {
            const { container, hostPort } = await dockerRun({ image, port, environment, ...over });
            await answers(url(hostPort));
            return { container, url: url(hostPort), remove: () => dockerRm(container) };
        },
    };
}
