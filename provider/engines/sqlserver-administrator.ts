import type { Script } from "./engine";

export const data = "/var/opt/mssql";

/** Either version of the client tools, whichever the image has; without the locale they would take what they read for ASCII. */
export const tools = `export LC_ALL=C.UTF-8
sqlcmd=/opt/mssql-tools18/bin/sqlcmd; [ -x "$sqlcmd" ] || sqlcmd=/opt/mssql-tools/bin/sqlcmd
`;

/**
 * `administrate` runs standard input as our own login, which is made first where it is missing. For seconds after the server listens nobody can log in, not
 * even `sa`; what is said then must not read like an account that is not there.
 */
export const administrator = `${tools}
for place in ${data} /etc/devdb; do [ -r "$place/devdb-login" ] && break; done
own=$(cat "$place/devdb-login")
as() { user=$1 secret=$2; shift 2; SQLCMDPASSWORD=$secret "$sqlcmd" -C -b -x -S localhost -U "$user" "$@"; }
known() { printf 'SELECT 1;\\nGO\\n' | as devdb "$own"; }
made() { printf "IF SUSER_ID(N'devdb') IS NULL CREATE LOGIN [devdb] WITH PASSWORD = N'%s', CHECK_POLICY = OFF;\\nALTER SERVER ROLE sysadmin ADD MEMBER [devdb];\\nGO\\n" "$own" | as sa "$1"; }
known >/dev/null 2>&1 || made "$MSSQL_SA_PASSWORD" >/dev/null 2>&1 || made "$own" >&2 || { echo "no administrator can log in yet" >&2; exit 75; }
administrate() { as devdb "$own" "$@"; }
`;

/** One batch. `options` are sqlcmd's. */
export function administrate(label: string, lines: readonly string[], options: readonly string[] = []): Script {
    return { command: ["sh", "-c", `${administrator}administrate "$@"`, label, ...options], stdin: [...lines, "GO", ""].join("\n") };
}
