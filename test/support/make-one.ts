import { check } from "../../provider/lifecycle/check";
import { instance } from "../../provider/v1";

/** Makes one instance on an image and deletes it, as a process of its own: `make-one.ts <identifier> <image>`. */
async function main([identifier = "", image = ""]: readonly string[]): Promise<void> {
    const context = { name: identifier, project: "devdb-test", stack: identifier, organization: "test", urn: "", config: {} };
    const { inputs, failures } = check({}, { engine: "postgres", engineVersion: "17", identifier, image, __devdb: context });
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    const { id, outs } = await instance.create(inputs);
    await instance.delete(id, outs);
    process.exit(0);
}

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
});
