// Runs Pulumi's own installer through the Automation API: node install-pulumi.mjs DIRECTORY VERSION
// Exits 1 at once where the site cannot be reached.
import automation from "@pulumi/pulumi/automation/index.js";

const [root, version] = process.argv.slice(2);
const site = await fetch("https://get.pulumi.com/latest-version", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
if (!site?.ok) process.exit(1);

function giveUp(reason) {
    console.error(`setup: Pulumi's installer failed: ${reason}`);
    process.exit(1);
}

console.error(`setup: installing Pulumi ${version}`);
setTimeout(() => giveUp("ten minutes have passed"), 600_000).unref();
await automation.PulumiCommand.install({ root, version }).catch((error) => giveUp(error.message));
