import type { Copy } from "./dump";
import type { Account, DirectPlan, Fault, Login, Script, Start } from "./engine";

/**
 * How a running server becomes a layer of its container: it flushes, is halted while the layer is made, and goes on. What starts on the layer finds what a
 * power failure would have left, and more of it written down.
 */
export interface Layering {
    /** Writes down what a copy's server would else have to recover. A failure is no harm. */
    readonly flush: Script;
    /**
     * Run in a container of the layer, on the copied data: recovers what each copy's server would have to recover by itself. Ends with 0 also where it can do
     * nothing; with another code where the data may not be whole any more. Absent: each copy recovers.
     */
    readonly recover?: (account: Account) => Script;
    /** What of the layer its servers' starts must know, in what `recover` printed; it is kept with the layer, in a label. @default nothing */
    readonly known?: (printed: string) => string | undefined;
    /**
     * Prints why a database had better not be in an image, one reason a line: what a server that recovers finds empty, and what a copy would do in the
     * source's stead.
     */
    readonly unfit: (database: string) => Script;
    /** Why the copy cannot have the names that it is to have. */
    readonly faults: (copy: Copy) => readonly Fault[];
    /**
     * Starts a copy's server on the layer. It makes the source's master user and database the copy's, and locks all other users out; until then nobody can log
     * in over the network, so that no password of the source's ever works. What belonged to the source's server is made anew: its identity, keys, logs
     * for replicas, and settings that it changed itself.
     */
    readonly start: (start: Start, copy: Copy, login: Login) => DirectPlan;
    /** Does what the start may not have come to the end of; may run again. Absent: the account's own statements are enough. */
    readonly account?: (copy: Copy, login: Login) => Script;
}
