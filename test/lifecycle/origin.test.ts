import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { originOf } from "../../provider/lifecycle/origin";

describe("where a state lies", () => {
    let home: string;
    let project: string;
    const origin = (env: NodeJS.ProcessEnv = {}, organization = "acme", directory = project) =>
        originOf(organization, { PULUMI_HOME: home, ...env }, directory);

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "origin-"));
        project = join(home, "project", "inner");
        mkdirSync(project, { recursive: true });
    });
    afterEach(() => rmSync(home, { recursive: true }));

    it("is a hash that names nothing", () => assert.match(origin(), /^[0-9a-f]{16}$/));

    it("is another for another address and another organisation", () => {
        const all = [
            origin(),
            origin({ PULUMI_BACKEND_URL: "s3://one" }),
            origin({ PULUMI_BACKEND_URL: "s3://two" }),
            origin({ PULUMI_BACKEND_URL: "s3://one" }, "other"),
            origin({ PULUMI_BACKEND_URL: "file:///somewhere" }),
        ];
        assert.equal(new Set(all).size, all.length);
    });

    it("is found in the environment, then the project's file, then the last login", () => {
        const of = (url: string) => origin({ PULUMI_BACKEND_URL: url });
        const cloud = of("https://api.pulumi.com");
        assert.equal(origin(), cloud);
        writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: "s3://login", accounts: {} }));
        assert.equal(origin(), of("s3://login"));
        writeFileSync(join(home, "project", "Pulumi.yaml"), 'name: shop\nbackend:\n  url: "s3://project"\nruntime: nodejs\n');
        assert.equal(origin(), of("s3://project"));
        assert.notEqual(of("s3://environment"), of("s3://project"));
    });

    it("is the last login's where the nearest project's file names none", () => {
        writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: "s3://login" }));
        writeFileSync(join(home, "project", "Pulumi.yaml"), "name: outer\nbackend:\n  url: s3://outer\n");
        writeFileSync(join(project, "Pulumi.yml"), "name: inner\nruntime: nodejs\n");
        assert.equal(origin(), origin({ PULUMI_BACKEND_URL: "s3://login" }));
    });

    it("is the same directory by either of its names", () => {
        assert.equal(origin({ PULUMI_BACKEND_URL: "file://~/states" }), origin({ PULUMI_BACKEND_URL: `file://${homedir()}/states` }));
    });

    it("is the same from every folder, where the environment says it", () => {
        const env = { PULUMI_BACKEND_URL: "s3://one" };
        assert.equal(origin(env), origin(env, "acme", tmpdir()));
    });
});
