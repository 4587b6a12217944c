/** One place where an engine was looked for, and why it is not there. */
export interface Attempt {
    readonly place: string;
    readonly reason: string;
    /** The system's word for it, where there is one: `ENOENT`, `EACCES`. */
    readonly code?: string;
}

/** No container engine answers: nothing can be made, and nothing may be taken for deleted. */
export class NoDocker extends Error {
    override readonly name = "NoDocker";

    constructor(
        readonly tried: readonly Attempt[],
        /** What the user can do, in a sentence. */
        readonly advice: string,
    ) {
        super(["No container engine answers.", ...tried.map(({ place, reason }) => `  ${place}: ${reason}`), advice].join("\n"));
    }
}
