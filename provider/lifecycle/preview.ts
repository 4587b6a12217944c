/** The resources that a preview has had checked in this process, by URN. */
const previewed = new Set<string>();

/**
 * Notes what `check` was told of the run, which the program alone knows. No input that stays could say it: that would be compared, and lie in the plans that
 * `preview` saves.
 */
export function noteRun(urn: string, preview: boolean): void {
    // Whatever was noted before was of another run.
    if (!preview) previewed.clear();
    else previewed.add(urn);
}

/**
 * Whether a preview has had the resource checked. Only then is an unknown input one that the work before it will make known: Pulumi asks `diff` with unknowns in
 * an `up` too, for what depends on something that it deletes first or alone, and deletes what then says that it is replaced.
 */
export function isPreviewed(urn: string): boolean {
    return previewed.has(urn);
}
