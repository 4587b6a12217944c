/** Pulumi's runtime, of which two copies may be loaded. */
export interface Runtime {
    getMonitor(): unknown;
    getEngine(): unknown;
}

/** The connections to the CLI's processes that programs of this process had. */
export interface Connections {
    /** Notes those of the program that is running. */
    note(runtime: Runtime): void;
    /** Closes all that were noted. Only once the CLI has ended. */
    close(): void;
}

/**
 * Pulumi never closes them where a program is a function. After a failed run they go on trying to reach a port that nobody listens on, for half an hour; a later
 * CLI that happens to listen there is taken for unreachable, and of that error Pulumi says nothing: the program is not run, and all that it declares is deleted.
 */
export function connections(): Connections {
    const noted = new Set<{ close(): void }>();
    return {
        note: (runtime) => {
            for (const client of [runtime.getMonitor(), runtime.getEngine()]) if (isClosable(client)) noted.add(client);
        },
        close: () => {
            for (const client of noted) client.close();
            noted.clear();
        },
    };
}

function isClosable(client: unknown): client is { close(): void } {
    return typeof client === "object" && client !== null && "close" in client && typeof client.close === "function";
}
