import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { makeKeys } from "../../provider/lifecycle/keys";

describe("a server's own keys", () => {
    it("are no other server's", async () => {
        const [one, other] = await Promise.all([makeKeys(["certificate", "rsa"], "orders"), makeKeys(["certificate", "rsa"], "orders")]);
        assert.notEqual(one.certificate?.private, other.certificate?.private);
        assert.notEqual(one.rsa?.private, other.rsa?.private);
    });

    it("are only those that are asked for", async () => {
        assert.deepEqual(Object.keys(await makeKeys(["certificate"], "orders")), ["certificate"]);
        assert.deepEqual(await makeKeys([], "orders"), {});
    });

    it("come with a certificate that vouches for itself, for ten years", async () => {
        for (const name of ["orders", "o".repeat(63), "o".repeat(200)]) {
            const { certificate } = await makeKeys(["certificate"], name);
            const read = new X509Certificate(certificate?.public ?? "");
            assert.equal(read.subject, `CN=${name.slice(0, 64)}`);
            assert.ok(read.verify(read.publicKey));
            assert.ok(read.checkIssued(read));
            assert.ok(read.ca);
            assert.ok(read.checkPrivateKey(createPrivateKey(certificate?.private ?? "")));
            assert.ok(Date.parse(read.validFrom) < Date.now());
            assert.ok(Date.parse(read.validTo) > Date.now() + 9.9 * 365 * 86_400_000);
        }
    });

    it("come with a pair of 2048 bits", async () => {
        const { rsa } = await makeKeys(["rsa"], "orders");
        const secret = createPrivateKey(rsa?.private ?? "");
        assert.equal(secret.asymmetricKeyDetails?.modulusLength, 2048);
        assert.ok(createPublicKey(secret).equals(createPublicKey(rsa?.public ?? "")));
    });
});
