import type Dockerode from "dockerode";
import { calmly, timed } from "../timed";

/** One way to a database. */
export interface Way {
    readonly name: string;
    /** What does not count, done before; answers what does. */
    readonly prepare: () => Promise<() => Promise<Started>>;
}

export interface Started {
    readonly container: Dockerode.Container;
    /** A connection string that works; absent where nothing answers. */
    readonly url?: string;
    readonly remove: () => Promise<void>;
}

/** Milliseconds of both halves of a life. */
export interface Lap {
    readonly create: number;
    readonly remove: number;
}

export async function lap(way: Way, between: (started: Started) => Promise<void> = async () => undefined): Promise<Lap> {
    const start = await way.prepare();
    const [create, started] = await calmly(start);
    await between(started);
    const [remove] = await timed(started.remove);
    return { create, remove };
}
