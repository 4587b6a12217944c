import assert from "node:assert/strict";
import { limitsOfClass } from "../../provider/lifecycle/instance-class";

/** https://aws.amazon.com/rds/instance-types/ */
const classes: Readonly<Record<string, readonly [cpus: number, gib: number]>> = {
    "db.t3.micro": [2, 1],
    "db.t4g.medium": [2, 4],
    "db.t3.2xlarge": [8, 32],
    "db.m5.large": [2, 8],
    "db.m6g.large": [2, 8],
    "db.m6gd.16xlarge": [64, 256],
    "db.r5.xlarge": [4, 32],
    "db.r6i.32xlarge": [128, 1024],
    "db.r7g.2xlarge": [8, 64],
    "db.c6gd.medium": [1, 2],
    "db.x2g.large": [2, 32],
};

describe("a class of instances", () => {
    for (const [name, [cpus, gib]] of Object.entries(classes))
        it(`${name} is ${cpus} vCPUs and ${gib} GiB`, () => assert.deepEqual(limitsOfClass(name), { cpus, memory: gib * 1024 ** 3 }));

    for (const name of [
        "db.t3.nano",
        "t3.micro",
        "db.t3",
        "db.T3.micro",
        "db.q5.large",
        "db.m5.huge",
        "db.m5.large ",
        "",
        "db.toString.large",
        "db.t3.toString",
        "db.m5.constructor",
    ])
        it(`there is no ${JSON.stringify(name)}`, () => assert.equal(limitsOfClass(name), undefined));
});
