/** The engines that the suites run on, narrowed by `ENGINES=postgres,mysql`. */
export interface Subject {
    /** What `ENGINES` names: the engine's family. */
    readonly family: string;
    /** What `describe` says: engine, version, and whether the server is the real one or a stand-in. */
    readonly title: string;
    readonly proof: "real" | "stand-in";
    /** The arguments that choose it. */
    readonly args: Readonly<Record<string, unknown>>;
}

const real = (family: string, version: string): Subject => ({
    family,
    title: `${family} ${version} (real)`,
    proof: "real",
    args: { engine: family, engineVersion: version },
});

/** The real server of a line that Debian does not package: the official image, else one that `lines.ts` makes, under a name of the tests. */
const elsewhere = (family: string, version: string): Subject => ({
    ...real(family, version),
    args: { ...real(family, version).args, image: `devdb/line-${family}:${version}` },
});

/** `ENGINES` names the licensed engines outright: then the vendors' own images are pulled and nothing stands in. */
const licensed = (family: string, version: string, standIn: string): Subject => {
    const vendor = (process.env.ENGINES ?? "").split(",").includes(family);
    return {
        family,
        title: `${family} ${version} (${vendor ? "real" : "stand-in"})`,
        proof: vendor ? "real" : "stand-in",
        args: { engine: family, engineVersion: version, acceptLicense: true, ...(vendor ? {} : { image: standIn }) },
    };
};

const all: readonly Subject[] = [
    real("postgres", "17"),
    real("postgres", "15"),
    real("postgres", "18"),
    real("mysql", "9.7"),
    real("mariadb", "11.8"),
    real("mariadb", "10.11"),
    elsewhere("postgres", "16"),
    elsewhere("postgres", "14"),
    elsewhere("mariadb", "11.4"),
    licensed("sqlserver", "2022", "devdb/standin-sqlserver:2022"),
    licensed("oracle", "23", "devdb/standin-oracle:23"),
    licensed("db2", "11.5", "devdb/standin-db2:11.5"),
];

const wanted = process.env.ENGINES?.split(",").map((name) => name.trim());

export const subjects: readonly Subject[] = all.filter(({ family }) => wanted === undefined || wanted.includes(family));

/** Those that Debian does not package. */
export const lines: readonly Subject[] = subjects.filter(({ proof, args }) => proof === "real" && args.image !== undefined);

/** The newest of each family: for what needs an engine, not every version of it. */
export const families: readonly Subject[] = subjects.filter(
    (subject, index) => subjects.findIndex(({ family }) => family === subject.family) === index,
);

/** One real engine for what is the same for all; `undefined` where ENGINES leaves PostgreSQL out. */
export const plain: Subject | undefined = subjects.find(({ family }) => family === "postgres");
