/** An engine as it is measured: what our arguments name it, and how a user starts its image without us. */
export interface Subject {
    readonly family: string;
    readonly title: string;
    /** Arguments of an Instance. */
    readonly args: Readonly<Record<string, unknown>>;
    readonly port: number;
    /** The official image's own variables. */
    readonly environment: Readonly<Record<string, string>>;
    /** Where the image keeps its data, for a mount there. */
    readonly dataDirectory: string;
    readonly url: (port: number) => string;
    /** testcontainers' own module, and its setter of the password. */
    readonly module: { readonly name: string; readonly container: string; readonly password: "withPassword" | "withUserPassword" };
}

/** The same user, password and database everywhere. */
export const login = { user: "app", password: "bench8Password", database: "app" } as const;

const account = `${login.user}:${login.password}`;

const all: readonly Subject[] = [
    {
        family: "postgres",
        title: "PostgreSQL 17",
        args: { engine: "postgres", engineVersion: "17" },
        port: 5432,
        environment: { POSTGRES_USER: login.user, POSTGRES_PASSWORD: login.password, POSTGRES_DB: login.database },
        dataDirectory: "/var/lib/postgresql/data",
        url: (port) => `postgresql://${account}@127.0.0.1:${port}/${login.database}`,
        module: { name: "@testcontainers/postgresql", container: "PostgreSqlContainer", password: "withPassword" },
    },
    {
        family: "mariadb",
        title: "MariaDB 11.8",
        args: { engine: "mariadb", engineVersion: "11.8" },
        port: 3306,
        environment: {
            MARIADB_ROOT_PASSWORD: login.password,
            MARIADB_USER: login.user,
            MARIADB_PASSWORD: login.password,
            MARIADB_DATABASE: login.database,
        },
        dataDirectory: "/var/lib/mysql",
        url: (port) => `mysql://${account}@127.0.0.1:${port}/${login.database}`,
        module: { name: "@testcontainers/mariadb", container: "MariaDbContainer", password: "withUserPassword" },
    },
    {
        family: "mysql",
        title: "MySQL 9.7",
        args: { engine: "mysql", engineVersion: "9.7" },
        port: 3306,
        environment: {
            MYSQL_ROOT_PASSWORD: login.password,
            MYSQL_USER: login.user,
            MYSQL_PASSWORD: login.password,
            MYSQL_DATABASE: login.database,
        },
        dataDirectory: "/var/lib/mysql",
        url: (port) => `mysql://${account}@127.0.0.1:${port}/${login.database}`,
        module: { name: "@testcontainers/mysql", container: "MySqlContainer", password: "withUserPassword" },
    },
];

export const families: readonly string[] = all.map(({ family }) => family);

export function subjectsOf(wanted: readonly string[]): readonly Subject[] {
    return all.filter(({ family }) => wanted.includes(family));
}
