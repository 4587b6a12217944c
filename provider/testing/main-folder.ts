import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const needed = ["@pulumi/pulumi", "pulumi-devdb"];

/**
 * Where the provider's process must start so that it finds its packages, as Node looks for them: in a `node_modules` there or in a folder above.
 * Mostly the working directory; a runner that was started elsewhere has at least this package's own surroundings.
 */
export function mainFolder(start = process.cwd(), own = __dirname): string {
    const installed = ancestors(own).filter((folder) => has(folder, "pulumi-devdb"));
    const complete = (folder: string) => needed.every((name) => ancestors(folder).some((each) => has(each, name)));
    return [start, ...installed].find(complete) ?? start;
}

function has(folder: string, name: string): boolean {
    return existsSync(join(folder, "node_modules", name, "package.json"));
}

function ancestors(folder: string): readonly string[] {
    const here = resolve(folder);
    const above = dirname(here);
    return above === here ? [here] : [here, ...ancestors(above)];
}
