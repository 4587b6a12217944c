import type { Container } from "../runtimes/runtime";
import type { Marks } from "./labels";
import type { Order } from "./order";
import { originOf } from "./origin";

type Properties = Readonly<Record<string, unknown>>;

/** Made by this resource of this stack in this back end. */
export function isNamesake({ context }: Pick<Order, "context">, marks: Marks): boolean {
    return (
        marks.project === context.project &&
        marks.stack === context.stack &&
        marks.name === context.name &&
        marks.origin === originOf(context.organization)
    );
}

/** The container that the state speaks of: by its id, by when the instance was made (labels keep the name that a rename changed), or as a namesake. */
export function isOwn(order: Pick<Order, "inputs" | "context">, outputs: Properties, marks: Marks, container: Container): boolean {
    return (
        container.id === outputs.containerId ||
        (marks.identifier === order.inputs.identifier && marks.created === outputs.createdAt) ||
        isNamesake(order, marks)
    );
}
