import { docker } from "./docker";

/** Containers and volumes that carry a project's label or begin with its name. */
export async function leftovers(project: string): Promise<readonly string[]> {
    const [containers, volumes] = await Promise.all([
        listed(["ps", "-a", "--format", "{{.Names}}"], project),
        listed(["volume", "ls", "--format", "{{.Name}}"], project),
    ]);
    return [...containers.map((name) => `container ${name}`), ...volumes.map((name) => `volume ${name}`)];
}

export async function removeLeftovers(project: string): Promise<void> {
    for (const [kind, name] of (await leftovers(project)).map((each) => each.split(" "))) {
        if (name === undefined) continue;
        await docker(...(kind === "container" ? ["rm", "-fv", name] : ["volume", "rm", "-f", name])).catch(() => undefined);
    }
}

async function listed(command: readonly string[], project: string): Promise<readonly string[]> {
    const filters = [`label=devdb.project=${project}`, `name=^${project}-`];
    const texts = await Promise.all(filters.map((filter) => docker(...command, "--filter", filter)));
    return [...new Set(texts.flatMap((text) => text.split("\n")).filter((name) => name !== ""))].sort();
}
