const pulumi = require("@pulumi/pulumi");
const devdb = require("pulumi-devdb");

for (let index = 0; index < Number(process.env.DEVDB_BENCH_COUNT); index += 1) {
    const name = `i${index}`;
    const snapshotIdentifier = process.env.DEVDB_BENCH_SNAPSHOT || undefined;
    new devdb.Instance(name, { engine: "postgres", engineVersion: "17", identifier: `${pulumi.getStack()}-${name}`, snapshotIdentifier });
}
