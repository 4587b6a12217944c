import Module, { createRequire } from "node:module";

/**
 * Parts that libraries load at once and that hardly anything uses. Half of the time in which this package was loaded went there, and every `pulumi up` loads
 * it. Each is loaded when it is first used, by whomever. A library that has no such part any more is loaded as it is.
 */
export function loadWhenUsed(...parts: readonly [library: string, part: string][]): void {
    for (const [library, part] of parts) postpone(library, part);
}

function postpone(library: string, part: string): void {
    let from: NodeJS.Require;
    let path: string;
    try {
        // As the library itself finds it: a package manager may hide it from everybody else.
        from = createRequire(require.resolve(library));
        path = from.resolve(part);
    } catch {
        return;
    }
    if (path in from.cache) return;
    const stub = new Module(path);
    const load = (): object => {
        if (from.cache[path] === stub) delete from.cache[path];
        return from(path) as object;
    };
    const exported = new Proxy(() => undefined, {
        apply: (_stub, self, values) => Reflect.apply(load() as () => unknown, self, values),
        // What a compiler's own code asks before anything is used.
        get: (_stub, name) => name === "__esModule" || Reflect.get(load(), name),
    });
    from.cache[path] = Object.assign(stub, { filename: path, loaded: true, exports: exported });
}
