import { inputsFrom } from "./args";
import { connect } from "./conduct";
import { contextOf } from "./context";
import { portOf } from "./converge";
import { daemonText, isForgotten, isHere } from "./forget";
import { marksOf, specOf } from "./labels";
import { engineOf } from "./order";
import { inputsOf, textOf } from "./outputs";
import { isOwn } from "./own";

type Properties = Readonly<Record<string, unknown>>;

/** What differs between the state and the container, in words; nothing where there is no answer within a second. */
export async function drift(outputs: Properties): Promise<string | undefined> {
    try {
        const inputs = inputsFrom(inputsOf(outputs));
        const recorded = textOf(outputs.daemon) ?? "";
        if (isForgotten(recorded)) return `its daemon ${recorded} is given up, so it is made anew, empty`;
        const runtime = await connect(inputs);
        const found = await runtime.find(inputs.identifier, { signal: AbortSignal.timeout(1000) });
        const here = await runtime.daemon();
        if (!isHere(here, recorded)) return `it lives on the daemon ${recorded}, and ${daemonText(here)} answers`;
        if (!found) return "its container is gone";
        const marks = marksOf(found.labels);
        const order = { inputs, context: contextOf(outputs) };
        if (!marks || !isOwn(order, outputs, marks, found)) return "its container is gone, and another has its name";
        if (!found.state.running) return "its container is stopped";
        if (found.state.paused) return "its container is halted";
        const engine = engineOf(inputs);
        if (portOf({ engine }, found) !== outputs.port) return `its container publishes another port than ${String(outputs.port)}`;
        if (inputs.storage === "tmpfs" && found.state.startedAt !== contextOf(outputs).startedAt)
            return "its server was restarted, and what it held in memory is lost";
        if (marks.spec !== specOf(inputs)) return "its container was made by other arguments";
        return outputs.status === "available" ? undefined : `it was ${String(outputs.status)} when last looked at`;
    } catch {
        return undefined;
    }
}
