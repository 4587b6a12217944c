import * as pulumi from "@pulumi/pulumi";

/** `under-mocks.ts <program>`: runs a program with no engine behind it and prints what it would have registered. A process of its own, for mocks stay. */
interface Registered {
    readonly type: string;
    readonly name: string;
    readonly inputs: unknown;
}

const registered: Registered[] = [];

/** What a provider would answer, as far as other resources use it. */
const answers: Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => object>> = {
    "docker:index/network:Network": () => ({ name: "shop-1a2b3c4" }),
    "docker:index/remoteImage:RemoteImage": () => ({ imageId: "sha256:1" }),
    "docker:index/container:Container": () => ({ name: "application-1a2b3c4" }),
    "pulumi-nodejs:dynamic/devdb:Instance": () => ({ password: "generated", internalEndpoint: "app-dev-orders:5432" }),
};

async function main(program: string): Promise<void> {
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => {
                registered.push({ type, name, inputs });
                return { id: `${name}-id`, state: { ...inputs, ...answers[type]?.(inputs) } };
            },
            call: ({ inputs }) => inputs,
        },
        "app",
        "dev",
    );
    const outputs = await pulumi.runtime.runInPulumiStack(async () => import(program));
    await pulumi.runtime.disconnect();
    const plain = await new Promise((resolve) => pulumi.output(outputs).apply(resolve));
    process.stdout.write(JSON.stringify({ registered, outputs: plain }));
}

main(process.argv[2] ?? "").catch((error: unknown) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
});
