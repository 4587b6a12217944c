import type { PulumiCommand } from "@pulumi/pulumi/automation";

/** The Pulumi CLI, by the PATH. */
export async function pulumiCommand(): Promise<PulumiCommand> {
    const { PulumiCommand }: typeof import("@pulumi/pulumi/automation") = require("@pulumi/pulumi/automation");
    try {
        return await PulumiCommand.get();
    } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        if (!words.includes("ENOENT")) throw error;
        throw new Error(
            "there is no pulumi on the PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/), or put the folder that holds it on the PATH",
        );
    }
}
