const pulumi = require("@pulumi/pulumi");

/** Dynamic resources that do nothing: what Pulumi takes for any of their kind. */
const provider = { create: async () => ({ id: "trivial", outs: {} }) };

class Trivial extends pulumi.dynamic.Resource {
    constructor(name) {
        super(provider, name, {});
    }
}

for (let index = 0; index < Number(process.env.DEVDB_BENCH_COUNT); index += 1) new Trivial(`trivial${index}`);
