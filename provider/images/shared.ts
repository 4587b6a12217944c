type Progress = (text: string) => void;

interface Work<T> {
    readonly result: Promise<T>;
    readonly rows: Set<Progress>;
}

/** Lets all who want the same thing at the same time share one piece of work in this process, and hear how it goes. */
export function sharing<T>(): (key: string, progress: Progress, work: (progress: Progress) => Promise<T>) => Promise<T> {
    const underWay = new Map<string, Work<T>>();
    return (key, progress, work) => {
        const running = underWay.get(key);
        running?.rows.add(progress);
        if (running) return running.result;
        const rows = new Set([progress]);
        const tell = (text: string) => {
            for (const row of rows) row(text);
        };
        const result = work(tell).finally(() => underWay.delete(key));
        underWay.set(key, { result, rows });
        return result;
    };
}
