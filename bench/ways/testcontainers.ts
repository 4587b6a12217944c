import { createRequire } from "node:module";
import { join } from "node:path";
import { answers } from "../answers";
import { daemon } from "../docker";
import { label } from "../mark";
import { login, type Subject } from "../subjects";
import { ways } from "./names";
import type { Way } from "./way";

/** From the bench's own node_modules: the package and its tests do without. */
const foreign = createRequire(join(__dirname, "..", "package.json"));

/** More than the module's own two minutes: its health checks starve twenty servers on a small machine. */
const patienceMs = 600_000;

/** As much of testcontainers' modules as is used here. */
interface Container {
    withDatabase(database: string): Container;
    withUsername(user: string): Container;
    withPassword(password: string): Container;
    withUserPassword(password: string): Container;
    withLabels(labels: Record<string, string>): Container;
    withStartupTimeout(ms: number): Container;
    start(): Promise<{ getId(): string; getMappedPort(port: number): number; stop(): Promise<unknown> }>;
}

/** testcontainers' module of the engine on the same image, waiting as that module waits, and then until the login works. */
export function testcontainers({ module, port, url }: Subject, image: string): Way {
    return {
        name: ways.testcontainers,
        prepare: async () => {
            const made = configured(module, image);
            return async () => {
                const started = await made.start();
                const reached = url(started.getMappedPort(port));
                await answers(reached);
                return { container: daemon.getContainer(started.getId()), url: reached, remove: async () => void (await started.stop()) };
            };
        },
    };
}

export function testcontainersVersion(): string {
    const { version } = foreign("testcontainers/package.json") as { readonly version: string };
    return version;
}

function configured(module: Subject["module"], image: string): Container {
    const classes = foreign(module.name) as Readonly<Record<string, new (image: string) => Container>>;
    const Module = classes[module.container];
    if (!Module) throw new Error(`${module.name} has no ${module.container}`);
    return new Module(image)
        .withDatabase(login.database)
        .withUsername(login.user)
        [module.password](login.password)
        .withStartupTimeout(patienceMs)
        .withLabels({ [label.key]: label.value });
}
