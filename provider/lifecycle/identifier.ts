import { createHash } from "node:crypto";

/**
 * `<project>-<stack>-<name>` as RDS writes identifiers: lower-case letters, digits and single hyphens, at most 63, a letter first.
 * A short hash of the exact names is added only where something was cut or altered, so that two resources never share one.
 */
export function defaultIdentifier(project: string, stack: string, name: string): string {
    const exact = `${project}-${stack}-${name}`;
    const plain = exact
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^[^a-z]+/, "")
        .replace(/-$/, "");
    if (plain === exact && plain.length <= 63) return plain;
    const hash = createHash("sha256")
        .update(JSON.stringify([project, stack, name]))
        .digest("hex")
        .slice(0, 6);
    return `${plain.slice(0, 56).replace(/-$/, "") || "db"}-${hash}`;
}
