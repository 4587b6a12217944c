import { dockerRm, dockerRun } from "../docker";
import type { Subject } from "../subjects";
import { ways } from "./names";
import type { Way } from "./way";

/** A container of the same image with a published port in which nothing but `sleep` runs: what Docker itself takes. */
export function bare({ port }: Subject, image: string): Way {
    return {
        name: ways.bare,
        prepare: async () => async () => {
            const { container } = await dockerRun({ image, port, entrypoint: ["sleep", "3600"] });
            return { container, remove: () => dockerRm(container) };
        },
    };
}
