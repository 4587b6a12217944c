import { instance } from "../../provider/v1";

/** `abandon.ts <project> <name> <arguments as JSON>`: makes an instance as a program would, prints its outputs, and forgets it. */
const [project, name, args = "{}"] = process.argv.slice(2);
const reserved = { project, name, stack: "dev", organization: "test", config: {} };

async function main(): Promise<void> {
    const { inputs, failures } = await instance.check({}, { ...JSON.parse(args), __devdb: reserved });
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    const { id, outs } = await instance.create(JSON.parse(JSON.stringify(inputs)));
    process.stdout.write(JSON.stringify({ id, outputs: outs }));
}

main().catch((error: unknown) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
});
