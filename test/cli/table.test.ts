import { strict as assert } from "node:assert";
import { table } from "../../provider/cli/table";

describe("a table", () => {
    it("aligns its columns and leaves empty ones out", () => {
        const rows = [
            ["a", "", "first"],
            ["longer", "", "é"],
        ];
        assert.equal(table(["NAME", "SIZE", "NOTE"], rows), "NAME    NOTE\na       first\nlonger  é");
    });
});
