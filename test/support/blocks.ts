/** A fenced block of a Markdown file. */
export interface Block {
    readonly language: string;
    readonly text: string;
    /** The line of its first line. */
    readonly line: number;
}

export function blocksIn(markdown: string): readonly Block[] {
    const lines = markdown.split("\n");
    const blocks: Block[] = [];
    for (let index = 0; index < lines.length; index += 1) {
        const [, indent = "", fence, language = ""] = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(lines[index] ?? "") ?? [];
        if (fence === undefined) continue;
        const end = lines.findIndex((line, at) => at > index && line.trim() === fence);
        if (end === -1) throw new Error(`the block that begins in line ${index + 1} does not end`);
        const text = lines.slice(index + 1, end).map((line) => line.slice(Math.min(indent.length, line.length - line.trimStart().length)));
        blocks.push({ language, text: text.join("\n"), line: index + 2 });
        index = end;
    }
    return blocks;
}

/** Targets of links that lead to files beside it. */
export function linksIn(markdown: string): readonly string[] {
    const prose = markdown.replace(/^(\s*)(`{3,}|~{3,})[\s\S]*?^\s*\2\s*$/gm, "").replace(/`[^`\n]*`/g, "");
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.replace(/#.*$/, ""));
}
