import assert from "node:assert/strict";
import fc from "fast-check";
import { namesFault, passwordFault, quotedName, sqlLiteral } from "../../provider/engines/text";
import { passwords } from "./secrets";

describe("text for statements", () => {
    it("doubles what would end a literal or a name", () => {
        assert.equal(sqlLiteral("it's \\ \""), "'it''s \\ \"'");
        assert.equal(quotedName("a`b", ["`", "`"]), "`a``b`");
        assert.equal(quotedName("a]b[c", ["[", "]"]), "[a]]b[c]");
    });

    it("can be read back as a standard server reads it", () => {
        fc.assert(
            fc.property(passwords, (text) => {
                const literal = sqlLiteral(text);
                assert.match(literal, /^'(?:[^']|'')*'$/);
                assert.equal(literal.slice(1, -1).replaceAll("''", "'"), text);
            }),
        );
    });
});

describe("rules for names and passwords", () => {
    it("counts bytes or characters, as the engine does", () => {
        assert.deepEqual(namesFault({ username: "éé" }, { maxBytes: 3 }), [
            { property: "username", reason: "is 4 bytes long; the engine takes at most 3" },
        ]);
        assert.deepEqual(namesFault({ username: "éé" }, { maxCharacters: 2 }), []);
        assert.deepEqual(namesFault({ dbName: "abc" }, { maxCharacters: 2 }), [
            { property: "dbName", reason: "is 3 characters long; the engine takes at most 2" },
        ]);
    });

    it("looks at one name alone where it is told to", () => {
        assert.deepEqual(
            namesFault({ username: "", dbName: "" }, {}, ["dbName"]).map(({ property }) => property),
            ["dbName"],
        );
    });

    it("says which shape a name or a password must have", () => {
        const shape = { pattern: /^[a-z]+$/, words: "small letters" };
        assert.deepEqual(namesFault({ username: "A" }, { shape }), [{ property: "username", reason: "must be small letters" }]);
        assert.deepEqual(passwordFault({ password: "A" }, { maxBytes: 9, shape }), [
            { property: "password", reason: "must be small letters" },
        ]);
    });

    it("names the character that a password may not hold", () => {
        assert.match(passwordFault({ password: 'a"b' }, { maxBytes: 9, without: '"' })[0]?.reason ?? "", /the character "/);
    });
});
