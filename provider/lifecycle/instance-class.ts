/** vCPUs and GiB of memory of RDS's sizes. https://aws.amazon.com/rds/instance-types/ */
const burstable: Readonly<Record<string, readonly [cpus: number, gib: number]>> = {
    micro: [2, 1],
    small: [2, 2],
    medium: [2, 4],
    large: [2, 8],
    xlarge: [4, 16],
    "2xlarge": [8, 32],
};

/** vCPUs of the sizes of the other classes; memory is a multiple that the family fixes. */
const sizes: Readonly<Record<string, number>> = {
    medium: 1,
    large: 2,
    xlarge: 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
    "24xlarge": 96,
    "32xlarge": 128,
    "48xlarge": 192,
};

/** GiB per vCPU: memory-optimised, general purpose, compute-optimised. */
const gibPerCpu: Readonly<Record<string, number>> = { r: 8, m: 4, c: 2, x: 16, z: 8 };

export interface Limits {
    /** Bytes. */
    readonly memory?: number;
    readonly cpus?: number;
}

/** The limits of an RDS class such as `db.t3.micro` or `db.r6g.large`; `undefined` where there is no such class. */
export function limitsOfClass(name: string): Limits | undefined {
    const [, family, size] = /^db\.([a-z][a-z0-9-]*)\.([a-z0-9]+)$/.exec(name) ?? [];
    if (family === undefined || size === undefined) return undefined;
    if (/^t[234]g?$/.test(family)) {
        const found = Object.hasOwn(burstable, size) ? burstable[size] : undefined;
        return found && { cpus: found[0], memory: found[1] * 1024 ** 3 };
    }
    const ratio = /^[rmcxz]\d[a-z0-9-]*$/.test(family) ? gibPerCpu[family.charAt(0)] : undefined;
    const cpus = Object.hasOwn(sizes, size) ? sizes[size] : undefined;
    return ratio === undefined || cpus === undefined ? undefined : { cpus, memory: cpus * ratio * 1024 ** 3 };
}
