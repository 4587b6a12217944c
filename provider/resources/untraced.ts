/**
 * Until what it answers is called, errors have no stack. Pulumi notes one for each of the four promises of each property, and reads it only when a promise
 * never ends: with source maps, half a millisecond a property, and 25 ms an instance. Where in the program the resource stands it notes without regard to this.
 */
export function untraced(): () => void {
    const limit = Error.stackTraceLimit;
    // Who looks for such a promise wants them.
    if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) Error.stackTraceLimit = 0;
    return () => {
        Error.stackTraceLimit = limit;
    };
}
