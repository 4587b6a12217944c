import fc from "fast-check";

/** Tables that nobody thought of, and rows in them, from one seed. */
export interface Generated {
    readonly tables: number;
    readonly statements: readonly string[];
}

/** A column's type and values, as literals of a family's SQL. */
interface Column {
    readonly type: string;
    readonly values: readonly string[];
    readonly defaultValue: string | undefined;
    /** Whether its values may be a key. */
    readonly key: boolean;
}

type Kind = fc.Arbitrary<Column>;

interface Dialect {
    readonly quoted: (name: string) => string;
    /** The longest name, by the family's own count. */
    readonly cut: (name: string) => string;
    readonly kinds: readonly Kind[];
}

const rows = 5;

/** Characters of every width; those that no server takes as text are left out: the null character, and halves of pairs. */
const character = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 2, arbitrary: fc.integer({ min: 0x01, max: 0x1f }) },
    { weight: 2, arbitrary: fc.integer({ min: 0x7f, max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0xfffd }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x1_0000, max: 0x10_ffff }) },
);
const text = (maxLength: number) => fc.array(character, { maxLength }).map((points) => String.fromCodePoint(...points));
const nasty = fc.constantFrom(
    "",
    " ",
    "\\",
    "\\N",
    "\\.",
    "'",
    "''",
    '"',
    "`",
    "--",
    "/*",
    "*/",
    ";",
    "\n",
    "\r\n",
    "\t",
    "$$",
    "NULL",
    "%s",
);
const texts = (maxLength: number) => fc.oneof(text(maxLength), nasty);
const bytes = (maxLength: number) =>
    fc.oneof(fc.uint8Array({ maxLength }), fc.constant(new Uint8Array(maxLength))).map((array) => Buffer.from(array).toString("hex"));
const whole = (bits: number, signed = true) => {
    const [min, max] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
    return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n)).map(String);
};
const decimal = (digits: number, scale: number) =>
    fc
        .tuple(
            fc.boolean(),
            fc.stringMatching(new RegExp(`^[0-9]{1,${digits - scale}}$`)),
            fc.stringMatching(new RegExp(`^[0-9]{1,${scale}}$`)),
        )
        .map(([negative, before, after]) => `${negative ? "-" : ""}${before}.${after}`);
const day = (min: string, max: string) =>
    fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }).map((date) => date.toISOString());

/** A kind of which each row has a value, or none; and perhaps a default. */
function kind(
    type: string | fc.Arbitrary<string>,
    value: fc.Arbitrary<string>,
    options: { readonly noDefault?: true; readonly noNull?: true; readonly key?: true } = {},
): Kind {
    const given = options.noNull ? value : fc.option(value, { nil: "NULL", freq: 4 });
    return fc.record({
        type: typeof type === "string" ? fc.constant(type) : type,
        values: fc.array(given, { minLength: rows, maxLength: rows }),
        defaultValue: options.noDefault ? fc.constant(undefined) : fc.option(value, { nil: undefined, freq: 2 }),
        key: fc.constant(options.key === true),
    });
}

const inQuotes = (value: string) => `'${value.replaceAll("'", "''")}'`;

const postgres: Dialect = {
    quoted: (name) => `"${name.replaceAll('"', '""')}"`,
    cut: (name) => cutBytes(name, 50),
    kinds: [
        kind("smallint", whole(16).map(inQuotes), { key: true }),
        kind("bigint", whole(64).map(inQuotes), { key: true }),
        kind("numeric", fc.oneof(decimal(200, 90), fc.constantFrom("NaN", "Infinity", "-0")).map(inQuotes)),
        kind(
            "real",
            fc.float().map((value) => inQuotes(Object.is(value, -0) ? "-0" : String(value))),
        ),
        kind(
            "double precision",
            fc.double().map((value) => inQuotes(Object.is(value, -0) ? "-0" : String(value))),
        ),
        kind("text", texts(60).map(inQuotes), { key: true }),
        kind("varchar(20)", texts(8).map(inQuotes)),
        kind("char(9)", texts(4).map(inQuotes)),
        kind(
            "bytea",
            bytes(80).map((hex) => `'\\x${hex}'`),
            { key: true },
        ),
        kind("boolean", fc.boolean().map(String)),
        kind(
            "date",
            fc
                .oneof(
                    day("0001-01-02", "9999-12-31").map((at) => at.slice(0, 10)),
                    fc.constantFrom("infinity", "4713-01-01 BC", "5874897-12-31"),
                )
                .map(inQuotes),
        ),
        kind(
            "timestamptz",
            fc.oneof(day("0001-01-02", "9999-12-30"), fc.constantFrom("-infinity", "294276-12-31 00:00:00+00")).map(inQuotes),
        ),
        kind(
            "interval",
            fc
                .tuple(fc.integer({ min: -9999, max: 9999 }), whole(31), whole(31))
                .map(([months, days, ms]) => `'${months} mon ${days} days ${ms} ms'`),
        ),
        kind(
            "time(6)",
            day("2000-01-01", "2000-01-02").map((at) => inQuotes(at.slice(11, 23))),
        ),
        kind("uuid", fc.uuid().map(inQuotes)),
        kind(
            "jsonb",
            fc
                .json({ stringUnit: "grapheme" })
                .filter((json) => !json.includes("\\u0000") && !/\\ud[89a-f]/i.test(json))
                .map(inQuotes),
        ),
        kind(
            "text[]",
            fc
                .array(fc.option(texts(9), { nil: null }))
                .map((all) => `ARRAY[${all.map((each) => (each === null ? "NULL" : inQuotes(each))).join()}]::text[]`),
        ),
        kind(
            "int4range",
            fc.tuple(fc.integer(), fc.integer()).map(([one, other]) => `int4range(${Math.min(one, other)}, ${Math.max(one, other)})`),
        ),
        kind(
            "bit varying",
            fc.stringMatching(/^[01]{0,70}$/).map((bits) => `B'${bits}'`),
        ),
        kind("inet", fc.oneof(fc.ipV4(), fc.ipV6()).map(inQuotes)),
    ],
};

/** As what it is in bytes, so that nothing depends on how a session reads quotes. */
const hexText = (value: string) => `CONVERT(x'${Buffer.from(value, "utf8").toString("hex")}' USING utf8mb4)`;
const plainText = fc.stringMatching(/^[a-z0-9 '\\%_"-]{0,12}$/).map((value) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);

const mysqlKinds: readonly Kind[] = [
    kind("tinyint unsigned", whole(8, false), { key: true }),
    kind("mediumint", whole(24)),
    kind("bigint", whole(64), { key: true }),
    kind("bigint unsigned", whole(64, false), { key: true }),
    kind("decimal(65,30)", decimal(65, 30)),
    kind(
        "double",
        fc
            .double({ noNaN: true, noDefaultInfinity: true, min: -1e307, max: 1e307 })
            // Of a negative zero the engines' tools write -0, which they read back as the integer 0.
            .map((value) => (Object.is(value, -0) ? "0" : value.toExponential())),
    ),
    kind("varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", texts(60).map(hexText), { noDefault: true }),
    kind("varchar(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL", plainText, { noNull: true }),
    kind("char(30) CHARACTER SET latin1", plainText),
    kind("longtext CHARACTER SET utf8mb4", texts(200).map(hexText), { noDefault: true }),
    kind(
        "varbinary(80)",
        bytes(80).map((hex) => `x'${hex}'`),
        { noDefault: true },
    ),
    kind(
        "binary(9)",
        bytes(9).map((hex) => `x'${hex}'`),
        { noDefault: true },
    ),
    kind(
        "longblob",
        bytes(300).map((hex) => `x'${hex}'`),
        { noDefault: true },
    ),
    kind(
        "bit(13)",
        fc.integer({ min: 0, max: 8191 }).map((value) => `b'${value.toString(2)}'`),
    ),
    kind(
        "date",
        day("1000-01-01", "9999-12-31").map((at) => inQuotes(at.slice(0, 10))),
    ),
    kind(
        "datetime(3)",
        day("1000-01-01", "9999-12-31").map((at) => inQuotes(at.slice(0, 23).replace("T", " "))),
    ),
    kind(
        "timestamp(3) NULL",
        day("1970-01-03", "2038-01-18").map((at) => inQuotes(at.slice(0, 23).replace("T", " "))),
    ),
    kind(
        "time(3)",
        fc
            .tuple(fc.integer({ min: -838, max: 838 }), fc.integer({ min: 0, max: 59 }))
            .map(([hours, rest]) => `'${hours}:${rest}:${rest}.123'`),
    ),
    kind("year", fc.integer({ min: 1901, max: 2155 }).map(String)),
    kind("enum('','a','it''s','ü\\\\n')", fc.constantFrom("''", "'a'", "'it''s'", "'ü\\\\n'")),
    kind("set('a','b c','ü')", fc.constantFrom("''", "'a'", "'a,ü'", "'a,b c,ü'")),
    kind(
        "json",
        fc
            .json({ stringUnit: "grapheme" })
            .filter((json) => !/\\ud[89a-f]|\d{19}|e[+-]?\d{3}/i.test(json))
            .map(hexText),
        { noDefault: true },
    ),
    kind(
        "float",
        fc
            .float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e37), max: Math.fround(1e37) })
            .map((value) => (Object.is(value, -0) ? "0" : value.toExponential())),
    ),
];

const mysql: Dialect = {
    quoted: (name) => `\`${name.replaceAll("`", "``")}\``,
    // No characters beyond the first plane in names.
    cut: (name) =>
        [...name]
            .filter((each) => each.length === 1)
            .join("")
            .slice(0, 50),
    kinds: mysqlKinds,
};

const dialects: Readonly<Record<string, Dialect>> = { postgres, mysql, mariadb: mysql };

export function generated(family: string, seed: number, tables: number): Generated {
    const dialect = dialects[family]!;
    const columns = fc.array(fc.record({ name: texts(20), of: fc.oneof(...dialect.kinds) }), { minLength: 1, maxLength: 9 });
    const made = fc.sample(fc.record({ name: texts(20), columns, unique: fc.boolean() }), { seed, numRuns: tables });
    return { tables, statements: made.flatMap((table, index) => statementsOf(dialect, index, table)) };
}

interface Table {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly of: Column }[];
    readonly unique: boolean;
}

/** The number at a name's end keeps names apart, however servers compare them. */
function statementsOf({ quoted, cut }: Dialect, number: number, { name, columns, unique }: Table): readonly string[] {
    const table = quoted(`${cut(name)}_t${number}`);
    const named = columns.map((column, at) => ({ ...column.of, column: quoted(`${cut(column.name)}_${at}`) }));
    const lines = named.map(
        ({ column, type, defaultValue }) => `${column} ${type}${defaultValue === undefined ? "" : ` DEFAULT ${defaultValue}`}`,
    );
    const key = unique && named.find(({ key, values }) => key && new Set(values).size === rows);
    const tuples = Array.from({ length: rows }, (_, row) => `(${named.map(({ values }) => values[row]).join(", ")})`);
    return [
        `CREATE TABLE ${table} (${[...lines, ...(key ? [`UNIQUE (${key.column})`] : [])].join(", ")})`,
        `INSERT INTO ${table} VALUES ${tuples.join(", ")}`,
    ];
}

function cutBytes(name: string, most: number): string {
    let cut = [...name];
    while (Buffer.byteLength(cut.join("")) > most) cut = cut.slice(0, -1);
    return cut.join("");
}
