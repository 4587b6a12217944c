import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../test/support/ask";

/** Milliseconds between two tries, and until nobody waits any more. */
const [pause, patience] = [25, 180_000];

/** Logs in again and again, as a user's script would, until the login works. */
export async function answers(url: string): Promise<void> {
    const until = Date.now() + patience;
    for (;;) {
        try {
            await ask(url, "SELECT 1");
            return;
        } catch (error) {
            if (Date.now() > until) throw error;
            await sleep(pause);
        }
    }
}
