import type { Engine } from "../engines/engine";

/** The line that a version is or belongs to. */
export function lineOf(engine: Engine, version: string): string | undefined {
    return engine.versions.lines.find((line) => version === line || version.startsWith(`${line}.`) || version.startsWith(`${line}-`));
}
