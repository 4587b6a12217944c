import { randomInt } from "node:crypto";

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";

/** A letter first, then letters of both cases and digits: 24 characters that every engine, URL and shell takes as they are. */
export function randomPassword(): string {
    for (;;) {
        const pick = (from: string) => from.charAt(randomInt(from.length));
        const password = pick(letters) + Array.from({ length: 23 }, () => pick(letters + digits)).join("");
        // Servers with a password policy want each kind.
        if (/[a-z]/.test(password) && /[A-Z]/.test(password) && /\d/.test(password)) return password;
    }
}
