const pulumi = require("@pulumi/pulumi");
const devdb = require("pulumi-devdb");

for (let index = 0; index < Number(process.env.DEVDB_BENCH_COUNT); index += 1) {
    const name = `i${index}`;
    new devdb.Instance(name, { engine: "postgres", engineVersion: "17", identifier: `${pulumi.getStack()}-${name}` });
}
