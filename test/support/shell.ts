/** The simple commands of a shell script, as lists of words: one for each link of a pipe or a list, and one for each `$(…)` within. */
export function commandsIn(script: string): readonly (readonly string[])[] {
    const text = script.replace(/\\\n/g, " ");
    const commands: (readonly string[])[] = [];
    let words: string[] = [];
    let word: string | undefined;
    const endWord = () => {
        if (word !== undefined) words.push(word);
        word = undefined;
    };
    const endCommand = () => {
        endWord();
        const simple = withoutRedirections(words);
        while (/^[A-Za-z_]\w*=/.test(simple[0] ?? "")) simple.shift();
        if (simple.length > 0) commands.push(simple);
        words = [];
    };
    for (let at = 0; at < text.length; at += 1) {
        const sign = text[at] ?? "";
        if (sign === "#" && word === undefined) at = endOfLine(text, at) - 1;
        else if (sign === "'" || sign === '"') {
            const end = closing(text, at);
            const quoted = text.slice(at + 1, end);
            if (sign === '"') commands.push(...substituted(quoted));
            word = (word ?? "") + quoted;
            at = end;
        } else if (text.startsWith("$(", at)) {
            const end = matching(text, at + 1);
            commands.push(...commandsIn(text.slice(at + 2, end)));
            word = `${word ?? ""}${text.slice(at, end + 1)}`;
            at = end;
        } else if (/[;|&\n]/.test(sign)) endCommand();
        else if (/\s/.test(sign)) endWord();
        else word = (word ?? "") + sign;
    }
    endCommand();
    return commands;
}

function substituted(quoted: string): readonly (readonly string[])[] {
    const at = quoted.indexOf("$(");
    if (at === -1) return [];
    const end = matching(quoted, at + 1);
    return [...commandsIn(quoted.slice(at + 2, end)), ...substituted(quoted.slice(end + 1))];
}

function withoutRedirections(words: readonly string[]): string[] {
    return words.filter((word, index) => !/^\d?[<>]/.test(word) && !/^\d?(<|>|>>)$/.test(words[index - 1] ?? ""));
}

function endOfLine(text: string, from: number): number {
    const end = text.indexOf("\n", from);
    return end === -1 ? text.length : end;
}

/** The quote that ends what the one at this place begins; `$(…)` in double quotes may hold some of its own. */
function closing(text: string, from: number): number {
    for (let at = from + 1; at < text.length; at += 1) {
        if (text[from] === '"' && text.startsWith("$(", at)) at = matching(text, at + 1);
        else if (text[from] === '"' && text[at] === "\\") at += 1;
        else if (text[at] === text[from]) return at;
    }
    throw new Error(`a quote does not end: ${text.slice(from, from + 40)}`);
}

function matching(text: string, from: number): number {
    let depth = 0;
    for (let at = from; at < text.length; at += 1) {
        if (text[at] === "(") depth += 1;
        if (text[at] === ")") depth -= 1;
        if (depth === 0) return at;
    }
    throw new Error(`a parenthesis does not end: ${text.slice(from, from + 40)}`);
}
