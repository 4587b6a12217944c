import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** On everything that a run makes, so that all of it is found and removed, however the run ended. */
export const mark = process.env.DEVDB_BENCH_MARK ?? `b${randomBytes(3).toString("hex")}`;

/** Carried by the containers and images that are not the provider's own. */
export const label = { key: "devdb.bench", value: mark } as const;

/** What the provider's own carry: every instance of a bench is of this project, and of a stack that begins with the mark. */
export const project = "devdb-bench";

/** Repository of the images that a bench derives; their tags begin with the mark. */
export const repository = "devdb-bench/derived";

/** Where stacks and their states lie. */
export const folder = join(tmpdir(), `devdb-bench-${mark}`);

let count = 0;

export function newName(): string {
    count += 1;
    return `${mark}-${count}`;
}
