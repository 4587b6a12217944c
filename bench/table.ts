/** Texts in rows, in Markdown's own words: `**bold**`, `code`. */
export interface Table {
    readonly heading: readonly string[];
    readonly rows: readonly (readonly string[])[];
}

export function markdown({ heading, rows }: Table): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(heading), `|${heading.map((_, column) => (column === 0 ? "---|" : "---:|")).join("")}`, ...rows.map(line)].join("\n");
}

/** For a terminal: columns as wide as their widest text, figures to the right. */
export function plainText({ heading, rows }: Table): string {
    const all = [heading, ...rows].map((row) => row.map((text) => text.replace(/\*\*|`/g, "")));
    const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
    const padded = (text: string, column: number) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0));
    return all.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
