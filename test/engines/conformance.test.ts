import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { engines } from "../../provider/engines";
import type { AccountPlan, Command, DirectPlan, Engine, Login, Start } from "../../provider/engines/engine";
import { loginsOf, mark, passwords } from "./secrets";

const bootstrap = "Bootstrap4TestsOnly12345";

function startOf(engine: Engine, overrides: Partial<Start> = {}): Start {
    return {
        name: engine.names[0] ?? "",
        version: engine.versions.default,
        account: engine.defaults,
        bootstrap,
        place: { directory: engine.data.mount },
        ...overrides,
    };
}

function commandsOf(engine: Engine, password: string): readonly Command[] {
    const { script } = engine.stop;
    const scripts = loginsOf(engine, password).flatMap((login) => [
        engine.innerLogin(login),
        engine.account(login, { fast: false }),
        engine.account(login, { fast: true }),
        engine.seeding(login),
    ]);
    return [...scripts, ...(script ? [script] : [])].map(({ command }) => command);
}

for (const engine of engines) {
    describe(`the engine ${engine.family}`, () => {
        describe("versions", () => {
            const { versions, image } = engine;

            it("offers its default line, newest first", () => {
                assert.ok(versions.lines.includes(versions.default));
                const newestFirst = [...versions.lines].sort((one, other) => other.localeCompare(one, "en", { numeric: true }));
                assert.deepEqual(versions.lines, newestFirst);
            });

            it("counts every version of a line to the line's major", () => {
                for (const line of versions.lines) {
                    assert.equal(versions.major(`${line}.1`), versions.major(line));
                    assert.ok(line.startsWith(versions.major(line)));
                }
            });

            it("has a tag for each line and version that begins with it", () => {
                for (const version of versions.lines.flatMap((line) => [line, `${line}.1`])) {
                    assert.ok(image.tag(version, engine.names[0] ?? "").startsWith(version), version);
                    assert.match(image.tag(version, engine.names[0] ?? ""), /^[\w][\w.-]*$/);
                }
            });

            it("builds only lines that it offers", () => {
                for (const line of Object.keys(image.build?.suites ?? {})) assert.ok(versions.lines.includes(line), line);
            });
        });

        describe("scripts", () => {
            it("show no password to whoever can list processes", () => {
                fc.assert(
                    fc.property(passwords, (password) => {
                        fc.pre(engine.faults({ password }).length === 0);
                        for (const word of commandsOf(engine, password).flat()) assert.ok(!word.includes(mark), word);
                    }),
                );
            });

            it("are the same text for every login, with arguments after it", () => {
                for (const kind of ["account", "innerLogin"] as const) {
                    const texts = loginsOf(engine, "Some1Password").map((login) => {
                        const { command } = kind === "account" ? engine.account(login, { fast: false }) : engine.innerLogin(login);
                        return /^(ba)?sh$/.test(command[0]) ? command[2] : command[0];
                    });
                    assert.equal(new Set(texts).size, 1);
                }
            });

            it("are shell that parses", () => {
                for (const [shell, flag, text = ""] of commandsOf(engine, "Some1Password")) {
                    if (!/^(ba)?sh$/.test(shell)) continue;
                    assert.equal(flag, "-c");
                    execFileSync(shell, ["-n"], { input: text });
                }
            });

            it("let a step of seeds begin on a line of its own", () => {
                for (const login of loginsOf(engine, "Some1Password")) {
                    const { before, after } = engine.seeding(login);
                    assert.match(before, /^$|\n$/);
                    assert.match(after, /^$|^\n/);
                }
            });

            it("say the same each time", () => {
                for (const login of loginsOf(engine, "Some1Password")) {
                    assert.deepEqual(engine.account(login, { fast: true }), engine.account(login, { fast: true }));
                }
            });
        });

        describe("urls", () => {
            it("can be taken apart again, whatever is in them", () => {
                fc.assert(
                    fc.property(passwords, (password) => {
                        for (const login of loginsOf(engine, password)) {
                            const url = new URL(engine.url(login, { host: "127.0.0.1", port: 54_321 }));
                            assert.equal(decodeURIComponent(url.username), login.username);
                            assert.equal(decodeURIComponent(url.password), login.password);
                            assert.equal(url.host, "127.0.0.1:54321");
                            if (login.dbName !== undefined) assert.equal(decodeURIComponent(url.pathname.slice(1)), login.dbName);
                        }
                    }),
                );
            });
        });

        describe("faults", () => {
            it("finds none in its own defaults and a generated password", () => {
                assert.deepEqual(engine.faults({ ...engine.defaults, password: `aB3${"x".repeat(21)}` }), []);
                assert.deepEqual(engine.faults({}), []);
            });

            it("refuses what no server keeps: nothing, line breaks, half characters", () => {
                for (const bad of ["", "a\nb", "a\u0000b", "a\ud83d"]) {
                    for (const property of ["username", "dbName", "password"] as const) {
                        const faults = engine.faults({ [property]: bad });
                        assert.deepEqual(
                            faults.map((fault) => fault.property),
                            [property],
                        );
                    }
                }
            });

            it("never repeats the password", () => {
                fc.assert(
                    fc.property(passwords, (password) => {
                        for (const { reason } of engine.faults({ password: password.repeat(200) })) assert.ok(!reason.includes(mark));
                    }),
                );
            });
        });

        describe("container", () => {
            const place = { directory: engine.data.mount };

            it("keeps the throw-away password from everybody but its owner", () => {
                const { files, command = [] } = engine.container(startOf(engine));
                assert.ok(!command.join(" ").includes(bootstrap));
                for (const file of files) if (file.content.includes(bootstrap)) assert.equal(file.mode, 0o600, file.path);
            });

            it("refuses its variables to the program", () => {
                for (const name of Object.keys(engine.container(startOf(engine)).environment)) assert.ok(engine.ownsVariable(name), name);
                assert.ok(!engine.ownsVariable("TZ"));
            });

            it("names files by absolute paths", () => {
                const files = [...engine.container(startOf(engine)).files, ...(engine.parameters ? [engine.parameters({}, place)] : [])];
                for (const { path } of files) assert.match(path, /^\/[\w./-]+$/);
            });

            it("writes nothing below a mount that is memory", () => {
                if (engine.data.notInMemory !== undefined) return;
                const memory = { directory: "/etc/devdb" };
                const { files } = engine.container(startOf(engine, { place: memory }));
                const parameters = engine.parameters?.({}, memory);
                for (const { path } of [...files, ...(parameters ? [parameters] : [])]) {
                    assert.ok(!path.startsWith(`${engine.data.mount}/`), path);
                }
            });

            it("keeps its data in the mount or below", () => {
                assert.ok(`${engine.data.directory}/`.startsWith(`${engine.data.mount}/`));
                assert.match(engine.data.marker, /^[^/].*[^/]$/);
            });
        });

        it("keeps the password of a start that makes the account to its owner, and wipes it once the server answers", () => {
            fc.assert(
                fc.property(passwords, (password) => {
                    fc.pre(engine.faults({ password }).length === 0);
                    for (const login of loginsOf(engine, password)) for (const plan of plansOf(engine, login)) refuseMark(plan);
                }),
            );
        });

        it("lets the program's own settings win over those of durability", () => {
            const { fast, parameters } = engine;
            if (!fast || !parameters) return;
            const [name = ""] = Object.keys(fast);
            const place = { directory: engine.data.mount };
            assert.equal(parameters({ ...fast, [name]: "other" }, place).content.includes("other"), true);
            assert.notEqual(parameters(fast, place).content, parameters({}, place).content);
        });

        it("asks for terms by words and an address, where it asks", () => {
            if (!engine.license) return;
            assert.ok(engine.license.terms.length > 0);
            assert.equal(new URL(engine.license.url).protocol, "https:");
        });

        it("takes an unknown failure for a server that is starting", () => {
            assert.equal(engine.client.refusal("ECONNREFUSED"), "starting");
            assert.equal(engine.client.refusal(""), "starting");
        });
    });
}

/** Every start of the engine's that makes the account itself. */
function plansOf(engine: Engine, login: Login): readonly (AccountPlan & Partial<DirectPlan>)[] {
    const start = startOf(engine, { account: login });
    return [engine.priming?.start(start, login), engine.containerWithAccount?.(start, login, ["docker-entrypoint.sh"])].flatMap(
        (plan) => plan ?? [],
    );
}

/** The mark of a password may be in standard input, and in files that only the server's owner reads and that are wiped. */
function refuseMark(plan: AccountPlan & Partial<DirectPlan>): void {
    for (const word of [...plan.entrypoint, ...(plan.command ?? []), ...Object.values(plan.environment)])
        assert.ok(!word.includes(mark), word);
    for (const { path, content, mode } of plan.files.filter((file) => file.content.includes(mark))) {
        assert.equal(mode, 0o600, content);
        const wiped = plan.afterwards?.find((file) => file.path === path);
        assert.ok(wiped && !wiped.content.includes(mark), path);
    }
    if (/^(ba)?sh$/.test(plan.entrypoint[0])) execFileSync("sh", ["-n"], { input: plan.entrypoint[2] ?? "" });
}
