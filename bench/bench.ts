import type { Notebook } from "./figures";
import type { Subject } from "./subjects";

/** A subject on this machine: the image that the provider found for it, and that all others use too. */
export interface Present extends Subject {
    readonly image: string;
}

/** What every part is given. */
export interface Bench {
    readonly runs: number;
    readonly bound: number;
    readonly subjects: readonly Present[];
    readonly note: Notebook["note"];
    /** Tells who waits what goes on. */
    readonly say: (text: string) => void;
}
