/** All at once. Where one fails, the others have ended too: what they work on is about to be taken away. */
export async function together<T extends readonly unknown[]>(...work: { readonly [Each in keyof T]: Promise<T[Each]> }): Promise<T> {
    await Promise.allSettled(work);
    return (await Promise.all(work)) as unknown as T;
}
