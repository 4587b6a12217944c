import assert from "node:assert/strict";
import fc from "fast-check";
import { messageOf, scrub } from "../../provider/lifecycle/errors";

describe("a message", () => {
    it("loses a secret in every form in which somebody may quote it", () => {
        const secret = 'it\'s "é" 100%\\ 🙂';
        const forms = [
            secret,
            encodeURIComponent(secret),
            secret.replaceAll("'", "''"),
            JSON.stringify(secret),
            `ALTER ROLE a PASSWORD '${secret.replaceAll("'", "''")}'`,
        ];
        for (const form of forms) {
            const text = scrub(`before ${form} after ${form}`, [secret]);
            assert.match(text, /^before .*\[secret\].* after .*\[secret\]/);
            assert.ok(!text.includes("é") && !text.includes("%C3%A9"), text);
        }
    });

    it("never holds the secret, whatever that is and wherever it stands", () => {
        const secret = fc.string({ minLength: 4, unit: "grapheme" }).filter((each) => !"[secret]".includes(each));
        fc.assert(
            fc.property(secret, fc.string(), fc.string(), (each, before, after) => {
                const text = scrub(`${before}${each}${after}`, [each]);
                assert.ok(text.includes("[secret]"));
            }),
        );
    });

    it("stays as it is without one", () => {
        assert.equal(scrub("as it is", [undefined, ""]), "as it is");
    });

    it("is an error's own, or whatever else was thrown", () => {
        assert.equal(messageOf(new Error("words")), "words");
        assert.equal(messageOf("words"), "words");
    });
});
