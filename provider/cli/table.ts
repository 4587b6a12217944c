/** Rows under a heading, in columns that are as wide as their widest text; columns that are empty throughout are left out. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
    const used = heading.map((_, column) => rows.some((row) => (row[column] ?? "") !== ""));
    const shown = [heading, ...rows].map((row) => row.filter((_, column) => used[column]));
    const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => [...(row[column] ?? "")].length)));
    return shown
        .map((row) =>
            row
                .map((text, column) => padded(text, widths[column] ?? 0))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}

/** By characters, not by UTF-16 units. */
function padded(text: string, width: number): string {
    return text + " ".repeat(Math.max(0, width - [...text].length));
}
