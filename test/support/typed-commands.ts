import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { program } from "../../provider/cli/program";
import { commandsIn } from "./shell";

const execute = promisify(execFile);
const root = resolve(__dirname, "..", "..");

/** Where a script's commands are typed; `cd` changes it. */
interface Place {
    folder: string;
}

/**
 * Checks what readers are told to type without doing it: the syntax, and that each command, subcommand, flag, script, package and path exists.
 * A command without a rule here is a fault, so that nothing goes unchecked.
 */
export async function scriptFaults(script: string, folder: string): Promise<readonly string[]> {
    const syntax = await execute("sh", ["-n", "-c", script]).catch((error: { readonly stderr?: string }) => error);
    if (syntax.stderr) return [syntax.stderr];
    const faults: string[] = [];
    const place = { folder };
    for (const [name = "", ...words] of commandsIn(script)) {
        const rule = name.includes("/") ? isProgram : Object.hasOwn(rules, name) ? rules[name] : undefined;
        if (!rule) faults.push(`${name}: there is no rule for this command in ${__filename.slice(root.length + 1)}`);
        else await rule(words, place, name).catch((error: Error) => faults.push(`${[name, ...words].join(" ")}: ${error.message}`));
    }
    return faults;
}

type Rule = (words: readonly string[], place: Place, name: string) => Promise<void>;

const nothing: Rule = async () => undefined;

const isProgram: Rule = async (_, { folder }, name) => access(join(folder, name), constants.X_OK);

const rules: Readonly<Record<string, Rule>> = {
    cat: nothing,
    echo: nothing,
    export: nothing,
    mkdir: nothing,
    // Clients on the reader's own machine; what they are given is checked where it is a command.
    psql: nothing,
    mysql: nothing,
    mariadb: nothing,
    git: async (words, place) => {
        if (words[0] === "clone") place.folder = resolve(root, "..");
    },
    cd: async ([to = ""], place) => {
        // Below the folder of a clone lies this repository, whatever it is called here.
        place.folder = place.folder === resolve(root, "..") ? root : join(place.folder, to);
        if (!(await stat(place.folder)).isDirectory()) throw new Error("is no folder");
    },
    npm: async ([verb = "", ...words], { folder }) => {
        const own = await manifest(folder);
        const names = words.filter((word) => !word.startsWith("-"));
        if (verb === "start" || verb === "test" || verb === "run") {
            const script = verb === "run" ? (names[0] ?? "") : verb;
            if (!Object.hasOwn(own.scripts ?? {}, script)) throw new Error(`there is no script ${script}`);
        } else if (verb === "i" || verb === "install" || verb === "ci") {
            for (const name of names) await isKnownPackage(name);
        } else throw new Error("there is no rule for this npm command");
    },
    npx: async ([name = "", ...words]) => {
        if (name === "devdb") await parses(words);
        else await access(join(root, "node_modules", ".bin", name));
    },
    pulumi: (words) => hasHelp("pulumi", words),
    docker: (words) => hasHelp("docker", words),
};

/** By the command line's own parser, with nothing behind it. */
async function parses(words: readonly string[]): Promise<void> {
    const devdb = program();
    for (const command of [devdb, ...devdb.commands]) {
        command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
        if (command !== devdb) command.action(() => undefined);
    }
    await devdb.parseAsync([...words], { from: "user" }).catch((error: { code?: string }) => {
        if (!/^commander\.(help|version)/.test(error.code ?? "")) throw error;
    });
}

async function isKnownPackage(word: string): Promise<void> {
    const name = word.replace(/(?<=.)@[^/]*$/, "");
    const { name: own, dependencies, devDependencies, peerDependencies } = await manifest(root);
    if (name !== own && !Object.hasOwn({ ...dependencies, ...devDependencies, ...peerDependencies }, name) && !/\.tgz$/.test(word))
        throw new Error(`${name} is no package that this repository uses`);
}

/** The command's own help names the subcommand, and every flag that is given to it. */
async function hasHelp(command: string, words: readonly string[]): Promise<void> {
    const verbs = words.filter((word) => /^[a-z][a-z-]*$/.test(word)).slice(0, 2);
    const { stdout } = await execute(command, [...verbs, "--help"], { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    if (!new RegExp(`Usage:\\s+${command}( container)? ${verbs[0]}\\b`).test(stdout)) throw new Error(`${command} has no such command`);
    const flags = words.slice(0, own(command, words)).flatMap((word) => /^(--[a-z-]+)/.exec(word)?.[1] ?? []);
    for (const flag of flags) if (!new RegExp(`${flag}\\b`).test(stdout)) throw new Error(`there is no flag ${flag}`);
}

/** How many of the words are the command's own: what follows a container's name is for another program. */
function own(command: string, words: readonly string[]): number {
    if (command !== "docker" || words[0] !== "exec") return words.length;
    const name = words.findIndex((word, index) => index > 0 && !word.startsWith("-"));
    return name === -1 ? words.length : name;
}

interface Manifest {
    readonly name?: string;
    readonly scripts?: Readonly<Record<string, string>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The nearest one, as npm finds it. */
async function manifest(folder: string): Promise<Manifest> {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as Manifest;
    if (folder === root || folder === join(folder, "..")) throw new Error("there is no package.json");
    return manifest(join(folder, ".."));
}
