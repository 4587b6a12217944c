import { ask } from "./ask";
import type { Driver } from "./instance";
import type { Zoo } from "./zoo";

/** A database's URL as another user, or for another database. */
export function altered(
    url: string,
    change: { readonly username?: string; readonly password?: string; readonly database?: string },
): string {
    const parsed = new URL(url);
    if (change.username !== undefined) parsed.username = encodeURIComponent(change.username);
    if (change.password !== undefined) parsed.password = encodeURIComponent(change.password);
    if (change.database !== undefined) parsed.pathname = `/${encodeURIComponent(change.database)}`;
    return parsed.href;
}

/** Runs all of a zoo's statements. */
export async function fill(db: Driver, zoo: Zoo): Promise<void> {
    for (const statement of zoo.statements) {
        const { sql, database } = typeof statement === "string" ? { sql: statement, database: zoo.dbName } : statement;
        await ask(altered(db.text("connectionString"), { database }), sql).catch((error: unknown) => {
            throw new Error(`${sql.slice(0, 300)}: ${String(error)}`);
        });
    }
}

export async function answersOf(db: Driver, zoo: Zoo): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    for (const question of zoo.questions) all.push(await ask(db.text("connectionString"), question));
    return all;
}

/** Without what a newer server brings with it: a version, a default. */
export function ofAnyVersion(answers: readonly unknown[], zoo: Zoo): readonly unknown[] {
    return answers.filter((_, index) => !/extversion|event_scheduler/.test(zoo.questions[index] ?? ""));
}
