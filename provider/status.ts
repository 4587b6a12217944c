import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

/** Says something in a resource's own row. */
export interface Row {
    /** Gone with the next one: pulling, starting, waiting. */
    readonly status: (text: string) => void;
    /** Stays, in the row and under Diagnostics. */
    readonly say: (text: string) => void;
    /** Resolves once the engine has heard all that stays, or after a second: what it hears when its work has ended, nobody sees. */
    readonly heard: () => Promise<void>;
}

const silent: Row = { status: () => undefined, say: () => undefined, heard: async () => undefined };

/** Milliseconds. */
const patience = 1_000;

const infoSeverity = 1;

type Log = (message: string, urn: string, ephemeral: boolean) => Promise<void>;

let engineLog: Log | undefined;

/**
 * The row of the resource with this URN, by the engine's log service. A dynamic provider is not given that service, but the engine's address is the
 * launcher's last argument. Without one, or when it does not answer, nothing is said: progress is never worth a failure.
 */
export function rowOf(urn: string): Row {
    if (urn === "") return silent;
    try {
        engineLog ??= connect(process.argv.at(-1) ?? "");
    } catch {
        return silent;
    }
    const log = engineLog;
    let shown = "";
    const said: Promise<void>[] = [];
    return {
        status: (text) => {
            if (text !== shown) void log(text, urn, true);
            shown = text;
        },
        say: (text) => void said.push(log(text, urn, false)),
        heard: async () => {
            if (said.length > 0) await Promise.race([Promise.all(said), sleep(patience, undefined, { ref: false })]);
        },
    };
}

interface LogRequest {
    setSeverity(severity: number): void;
    setMessage(message: string): void;
    setUrn(urn: string): void;
    setEphemeral(ephemeral: boolean): void;
}

interface EngineClient {
    log(request: LogRequest, done: () => void): void;
}

/** Pulumi's own modules, from Pulumi's own folder: grpc-js is its dependency, not ours. */
function connect(address: string): Log {
    if (!/^[\w.[\]:-]+:\d+$/.test(address)) throw new Error("no engine to talk to");
    const pulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const { credentials } = pulumi("@grpc/grpc-js") as { readonly credentials: { createInsecure(): unknown } };
    const { EngineClient } = pulumi("./proto/engine_grpc_pb.js") as {
        readonly EngineClient: new (address: string, credentials: unknown) => EngineClient;
    };
    const { LogRequest } = pulumi("./proto/engine_pb.js") as { readonly LogRequest: new () => LogRequest };
    const client = new EngineClient(address, credentials.createInsecure());
    return (message, urn, ephemeral) => {
        const request = new LogRequest();
        request.setSeverity(infoSeverity);
        request.setMessage(message);
        request.setUrn(urn);
        request.setEphemeral(ephemeral);
        return new Promise((resolve) => client.log(request, () => resolve()));
    };
}
