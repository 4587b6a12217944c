import { temporaryStack } from "../../provider/testing";

/**
 * `forgetful.ts <project> <ending>`: a test run that never calls `destroy`. Says what it loaded of Pulumi and mocha by loading the entry, `making` when
 * its `up` begins and `made` when that is done; then ends as it is told.
 */
const [project = "", ending] = process.argv.slice(2);

async function main(): Promise<void> {
    const early = Object.keys(require.cache).filter((file) => /@pulumi\/pulumi|\/mocha\//.test(file));
    process.stdout.write(`loaded ${early.length === 0 ? "nothing" : early[0]}\n`);
    const devdb = await import("../../provider/index.js");
    const stack = await temporaryStack(
        () => {
            new devdb.Instance("db", { engine: "postgres", engineVersion: "17", durability: "fast" });
        },
        { projectName: project },
    );
    process.stdout.write("making\n");
    await stack.up();
    process.stdout.write("made\n");
    if (ending === "exit") process.exit(3);
    if (ending === "wait") await new Promise((resolve) => setTimeout(resolve, 600_000));
}

main().catch((error: unknown) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
});
