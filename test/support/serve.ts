import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { InstanceArgs } from "../../provider/index";
import { connections } from "../../provider/testing/connections";
import type { Stranger } from "./packed";

/** What a program gets, in place of its imports. */
export type Imports = Pick<Stranger, "devdb" | "pulumi">;
export type Program = (imports: Imports) => unknown;

export interface Server {
    readonly port: number;
    readonly close: (failed: boolean) => void;
}

/**
 * Waits for an engine that asks for the program, as the Automation API does for an inline one. Without that API around it, the CLI's process is the
 * test's own, and two commands for outputs and history are saved. Everything is taken from the stranger's copies: two copies of Pulumi in one program do not know each other.
 */
export async function serve({ require, devdb, pulumi }: Stranger, program: Program): Promise<Server> {
    const { LanguageServer } = require("@pulumi/pulumi/automation/server") as {
        readonly LanguageServer: new (program: () => Promise<unknown>) => { onPulumiExit(failed: boolean): void };
    };
    const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb.js");
    const grpc = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
    const connected = connections();
    const language = new LanguageServer(async () => {
        connected.note(pulumi.runtime);
        return program({ devdb, pulumi });
    });
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 ** 2 });
    server.addService(LanguageRuntimeService, language as never);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        );
    });
    return {
        port,
        close: (failed) => {
            connected.close();
            language.onPulumiExit(failed);
            server.forceShutdown();
        },
    };
}

/** What `databases` declares, as JSON can say it: a program that runs in another process is sent as this. */
export interface Plan {
    /** PostgreSQL instances, by their names and what is peculiar to each; `from` names a snapshot of the plan. */
    readonly each: Readonly<Record<string, Readonly<Partial<InstanceArgs>> & { readonly from?: string }>>;
    /** Snapshots of them. */
    readonly snapshots?: Readonly<
        Record<string, { readonly of: string; readonly triggers: readonly number[]; readonly method?: "logical" | "image" }>
    >;
}

export type Databases = Program & { readonly plan: Plan };

export function databases(
    each: Plan["each"],
    options: CustomResourceOptions = {},
    snapshots: NonNullable<Plan["snapshots"]> = {},
): Databases {
    const program: Program = ({ devdb }) => {
        const make = (name: string, args: Readonly<Partial<InstanceArgs>>) =>
            [name, new devdb.Instance(name, { engine: "postgres", engineVersion: "17", ...args }, options)] as const;
        const sources = new Map(
            Object.entries(each)
                .filter(([, { from }]) => from === undefined)
                .map(([name, args]) => make(name, args)),
        );
        const taken = new Map(
            Object.entries(snapshots).map(([name, { of, triggers, method = "logical" }]) => {
                const dbInstanceIdentifier = sources.get(of)?.id ?? of;
                return [name, new devdb.Snapshot(name, { dbInstanceIdentifier, method, triggers: [...triggers] })] as const;
            }),
        );
        for (const [name, { from, ...args }] of Object.entries(each)) {
            const snapshot = from === undefined ? undefined : taken.get(from);
            if (snapshot) make(name, { ...args, snapshotIdentifier: snapshot.id });
        }
    };
    return Object.assign(program, { plan: { each, snapshots } });
}
