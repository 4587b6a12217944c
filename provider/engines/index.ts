import { db2 } from "./db2";
import type { Engine } from "./engine";
import { mariadb } from "./mariadb";
import { mysql } from "./mysql";
import { oracle } from "./oracle";
import { postgres } from "./postgres";
import { sqlserver } from "./sqlserver";

/** Every engine there is. Adding one: its file, and its name here. */
export const engines: readonly Engine[] = [postgres, mysql, mariadb, sqlserver, oracle, db2];

/** Every name that `engine` may have. */
export const engineNames: readonly string[] = engines.flatMap((engine) => engine.names);

export function engineNamed(name: string): Engine | undefined {
    return engines.find((engine) => engine.names.includes(name));
}

export type { Engine } from "./engine";
