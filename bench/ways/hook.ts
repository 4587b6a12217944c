import { daemon } from "../docker";
import { mark, newName, project } from "../mark";
import { login, type Subject } from "../subjects";
import { ways } from "./names";
import type { Way } from "./way";

/** What is shipped, as Pulumi calls it: the frozen entry of the built package. */
const { instance }: typeof import("../../provider/v1") = require("pulumi-devdb/provider/v1");

type Properties = Readonly<Record<string, unknown>>;

/** Our create hook: it answers when it has logged in over the published port. */
export function hook(subject: Subject, args: Properties = {}, name: string = ways.hook, config: Properties = {}): Way {
    return {
        name,
        prepare: async () => {
            const inputs = await inputsOf(subject, args, config);
            return async () => {
                const { id, outs } = await instance.create(inputs);
                return {
                    container: daemon.getContainer(String(outs.containerId)),
                    url: String(outs.connectionString),
                    remove: () => instance.delete(id, outs),
                };
            };
        },
    };
}

/** As `check` approves them: Pulumi asks it before it calls `create`. */
export async function inputsOf(subject: Subject, args: Properties = {}, config: Properties = {}): Promise<Properties> {
    const name = newName();
    const account = { username: login.user, password: login.password, dbName: login.database };
    const context = { name, project, stack: mark, organization: "organization", urn: "", config };
    const { inputs, failures } = await instance.check({}, { ...subject.args, ...account, identifier: name, ...args, __devdb: context });
    if (failures.length > 0) throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    return inputs;
}
