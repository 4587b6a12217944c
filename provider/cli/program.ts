import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";

/** `--host` and `--context`, as every command that talks to Docker takes them. */
export interface Place {
    readonly host?: string;
    readonly context?: string;
}

/** The command line, without anything run yet. Each command's work is loaded when it is asked for. */
export function program(): Command {
    const devdb = new Command("devdb")
        .description("What of pulumi-devdb is on a Docker daemon, and the removal of what nobody owns.")
        .version(version())
        .showHelpAfterError("(devdb --help says more)");

    onDaemon(devdb.command("list"))
        .description("List the containers, volumes, images and snapshots that pulumi-devdb made, and whose they are.")
        .option("--snapshots <directory>", "where snapshots lie (default: as without devdb:snapshotDirectory)")
        .option("--json", "print JSON")
        .action(async (options: ListOptions) => (await import("./list.js")).list(options));

    onDaemon(devdb.command("gc"))
        .description(
            "Remove what nobody owns: what a killed run left unfinished and, where --state or --stack is given, what no stack has any more. Shows it first and asks.",
        )
        .option("--state <file>", "a `pulumi stack export` file, or - for standard input (repeatable)", collect)
        .option(
            "--stack <project/stack>",
            "a stack that is gone, or whose export is empty; project/stack@origin for another back end's (repeatable)",
            collect,
        )
        .option("--all-stacks", "the files given are of all the stacks there are: what none of them has is removed, whatever its stack")
        .option("--snapshots <directory>", "where snapshots lie (default: as without devdb:snapshotDirectory)")
        .option("-y, --yes", "remove without asking")
        .option("--dry-run", "show what would be removed, and remove nothing")
        .option("--json", "print JSON; never asks")
        .addHelpText(
            "after",
            `
Never removed: what a stack owns, volumes of your own (volumeName), images that have a name or a container, snapshots: final ones, and those that no
state has, are listed.
Exit code: 0 done, or nothing to do; 1 an error; 2 there is something to remove, and it was not confirmed.

  pulumi stack export | devdb gc --state -`,
        )
        .action(async (options: GcOptions) => {
            process.exitCode = await (await import("./gc.js")).gc(options);
        });

    return devdb;
}

export interface ListOptions extends Place {
    readonly snapshots?: string;
    readonly json?: true;
}

export interface GcOptions extends Place {
    readonly snapshots?: string;
    readonly state?: readonly string[];
    readonly stack?: readonly string[];
    readonly allStacks?: true;
    readonly yes?: true;
    readonly dryRun?: true;
    readonly json?: true;
}

function onDaemon(command: Command): Command {
    return command
        .option("--host <url>", "where Docker is: unix://…, tcp://… or ssh://… (default: as Docker's own client finds it)")
        .option("--context <name>", "a Docker context by name");
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
    return [...before, value];
}

function version(): string {
    const manifest: unknown = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
}
