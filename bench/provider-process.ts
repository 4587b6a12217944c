import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

/** What Pulumi speaks is its own dependency, not ours. */
const pulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { credentials }: typeof import("@grpc/grpc-js") = pulumi("@grpc/grpc-js");
const { Struct }: typeof import("google-protobuf/google/protobuf/struct_pb") = pulumi("google-protobuf/google/protobuf/struct_pb.js");
const { ResourceProviderClient }: typeof import("@pulumi/pulumi/proto/provider_grpc_pb") = pulumi("./proto/provider_grpc_pb.js");
const messages: typeof import("@pulumi/pulumi/proto/provider_pb") = pulumi("./proto/provider_pb.js");

type Properties = Readonly<Record<string, unknown>>;

/** A process of Pulumi's for dynamic resources, spoken to as the engine does. */
export interface ProviderProcess {
    /** Makes a resource. */
    readonly create: (inputs: Properties) => Promise<{ readonly outs: Properties; readonly remove: () => Promise<void> }>;
    /** Megabytes that it holds in memory. */
    readonly memory: () => Promise<number>;
    /** The most that it held since it was started, or since that was forgotten. */
    readonly peak: () => Promise<number>;
    readonly forgetPeak: () => Promise<void>;
    readonly end: () => void;
}

/** `provider`: the text of a dynamic provider, as a state holds it. */
export async function providerProcess(provider: string): Promise<ProviderProcess> {
    const script = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
    // The last argument is the address of the engine's log: nobody listens there, and nobody minds. Standard input stays open, since its end would mean
    // that the engine is gone.
    const child = spawn(process.execPath, [script, "127.0.0.1:9"], { cwd: join(__dirname, ".."), stdio: ["pipe", "pipe", "inherit"] });
    const [port]: readonly unknown[] = await once(child.stdout, "data");
    const client = new ResourceProviderClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
    const configuration = new messages.ConfigureRequest();
    configuration.setArgs(Struct.fromJavaScript({}));
    await promisify(client.configure.bind<typeof client.configure>(client))(configuration);
    const make = promisify<InstanceType<typeof messages.CreateRequest>, InstanceType<typeof messages.CreateResponse>>(
        client.create.bind(client),
    );
    return {
        create: async (inputs) => {
            const request = new messages.CreateRequest();
            request.setProperties(Struct.fromJavaScript({ ...inputs, __provider: provider }));
            const made = await make(request);
            const remove = async () => {
                const goodbye = new messages.DeleteRequest();
                goodbye.setId(made.getId());
                goodbye.setProperties(made.getProperties());
                await promisify(client.delete.bind(client))(goodbye);
            };
            return { outs: (made.getProperties()?.toJavaScript() ?? {}) as Properties, remove };
        },
        memory: () => megabytes(child.pid ?? 0, "VmRSS"),
        peak: () => megabytes(child.pid ?? 0, "VmHWM"),
        // proc(5): 5 resets the peak.
        forgetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, "5"),
        end: () => {
            client.close();
            child.kill();
        },
    };
}

async function megabytes(pid: number, line: "VmRSS" | "VmHWM"): Promise<number> {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return (Number(new RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024) / 1e6;
}
