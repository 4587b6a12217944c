import type { Copy } from "./dump";
import type { DirectPlan, Fault, Login, Script, Start } from "./engine";

/**
 * How a running server becomes a layer of its container: it flushes, is halted while the layer is made, and goes on. What starts on the layer finds what a
 * power failure would have left, and more of it written down.
 */
export interface Layering {
    /** Writes down what a copy's server would else have to recover. A failure is no harm. */
    readonly flush: Script;
    /** Starts a copy's server on the layer, with what must differ between servers made anew. */
    readonly start: (start: Start) => DirectPlan;
    /** Why the copy cannot have the names that it is to have. */
    readonly faults: (copy: Copy) => readonly Fault[];
    /** Makes the source's master user and database the copy's, and locks all other users out. May run again; authenticates without the user's password. */
    readonly account: (copy: Copy, login: Login) => Script;
}
