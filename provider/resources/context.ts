import * as pulumi from "@pulumi/pulumi";

/** The input that no program names. It changes with which arguments are named, and no user should read that in a preview. */
export const ours = "__devdb";

/** What the provider cannot know by itself: no call to it names the resource, and `configure` races with the first one. */
export function contextFor(type: "Instance" | "Snapshot", name: string, opts: pulumi.CustomResourceOptions): pulumi.Inputs {
    const config = new pulumi.Config("devdb");
    const settings = {
        registry: config.get("registry"),
        rebuildImages: config.getBoolean("rebuildImages"),
        priming: config.getBoolean("priming"),
        address: config.get("address"),
        snapshotDirectory: config.get("snapshotDirectory"),
    };
    return {
        name,
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        organization: organization(),
        urn: pulumi.createUrn(name, `pulumi-nodejs:dynamic/devdb:${type}`, opts.parent),
        config: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
        // For `check` alone, which passes it on to nobody.
        ...(pulumi.runtime.isDryRun() ? { preview: true } : {}),
    };
}

/** Under Pulumi's mocks there is none unless the test names one, and asking throws. */
function organization(): string {
    try {
        return pulumi.getOrganization();
    } catch {
        return "organization";
    }
}
