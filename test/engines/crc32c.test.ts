import assert from "node:assert/strict";
import { crc32c } from "../../provider/engines/crc32c";

describe("CRC-32C", () => {
    it("is that of the known vectors (RFC 3720, B.4)", () => {
        assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
        assert.equal(crc32c(Buffer.alloc(0)), 0);
        assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
        assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
        assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e);
    });
});
