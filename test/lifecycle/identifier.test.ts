import assert from "node:assert/strict";
import fc from "fast-check";
import { schemaOf } from "../../provider/lifecycle/args";
import { defaultIdentifier } from "../../provider/lifecycle/identifier";

describe("a default identifier", () => {
    it("is project, stack and name, where these are fit for it", () => {
        assert.equal(defaultIdentifier("shop", "dev", "orders-db"), "shop-dev-orders-db");
        assert.equal(defaultIdentifier("s", "d", "a".repeat(59)), `s-d-${"a".repeat(59)}`);
    });

    it("has a short hash where something was cut or altered", () => {
        assert.match(defaultIdentifier("Shop", "dev", "orders"), /^shop-dev-orders-[0-9a-f]{6}$/);
        assert.match(defaultIdentifier("shop", "dev", "my_orders"), /^shop-dev-my-orders-[0-9a-f]{6}$/);
        assert.match(defaultIdentifier("shop", "dev", "orders-"), /^shop-dev-orders-[0-9a-f]{6}$/);
        assert.match(defaultIdentifier("7shop", "dev", "a"), /^shop-dev-a-[0-9a-f]{6}$/);
        assert.match(defaultIdentifier("shop", "dev", "a".repeat(55)), /^shop-dev-a{47}-[0-9a-f]{6}$/);
        assert.match(defaultIdentifier("店", "開", "注"), /^db-[0-9a-f]{6}$/);
    });

    it("keeps names apart that look alike once they are fit", () => {
        const alike = [
            ["shop", "dev", "a_b"],
            ["shop", "dev", "a.b"],
            ["shop", "dev_a", "b"],
            ["shop", "Dev", "a-b"],
            ["shop", "dev", "a-b"],
        ] as const;
        const all = alike.map(([project, stack, name]) => defaultIdentifier(project, stack, name));
        assert.equal(new Set(all).size, alike.length, all.join());
    });

    it("is always the same, and always one that the identifier's own rule takes", () => {
        const text = fc.string({ minLength: 1, maxLength: 80, unit: "grapheme" });
        fc.assert(
            fc.property(text, text, text, (project, stack, name) => {
                const identifier = defaultIdentifier(project, stack, name);
                assert.ok(schemaOf("identifier").safeParse(identifier).success, identifier);
                assert.equal(defaultIdentifier(project, stack, name), identifier);
            }),
        );
    });
});
