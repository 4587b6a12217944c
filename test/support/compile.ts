import { join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "..", "..");

/** As strict as the examples' own tsconfig.json. */
const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node", "mocha"],
    typeRoots: [join(root, "node_modules", "@types")],
};

/**
 * What the compiler says against files of this repository, and against texts that take the place of files in it: one line for each fault.
 * The package's own types are the built ones, as its users see them.
 */
export function typeFaults(files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): readonly string[] {
    const host = ts.createCompilerHost(options);
    const virtual = new Map([...texts].map(([name, text]) => [resolve(root, name), text]));
    const { fileExists, readFile, getSourceFile } = host;
    host.getCurrentDirectory = () => root;
    host.fileExists = (name) => virtual.has(name) || fileExists(name);
    host.readFile = (name) => virtual.get(name) ?? readFile(name);
    host.getSourceFile = (name, version, ...rest) => {
        const text = virtual.get(name);
        return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
    };
    const program = ts.createProgram([...files.map((file) => resolve(root, file)), ...virtual.keys()], options, host);
    return ts.getPreEmitDiagnostics(program).map(said);
}

function said({ file, start, messageText }: ts.Diagnostic): string {
    const text = ts.flattenDiagnosticMessageText(messageText, " ");
    if (!file) return text;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${file.fileName.slice(root.length + 1)}:${line + 1}: ${text}`;
}
