export const oradata = "/opt/oracle/oradata";
export const defaultPdb = "FREEPDB1";

/** No substitution of `&`, no headings, and an end at the first error. */
export const plain = [
    "WHENEVER SQLERROR EXIT FAILURE",
    "WHENEVER OSERROR EXIT FAILURE",
    "SET DEFINE OFF",
    "SET HEADING OFF FEEDBACK OFF PAGESIZE 0 LINESIZE 200",
];

/** The image's own tool makes a pluggable database, opens it for good and tells the listener. The administrator that it makes there has a password to guess. */
export const ensurePdb = `[ "$1" = ${defaultPdb} ] || {
present=$(printf "SET HEADING OFF FEEDBACK OFF PAGESIZE 0\\nSELECT 'present' FROM v\\$pdbs WHERE name = '%s';\\n" "$1" | sqlplus -S / as sysdba)
case "$present" in
*present*) ;;
*) createDatabase "$1" && printf 'ALTER SESSION SET CONTAINER = "%s";\\nALTER USER pdbadmin ACCOUNT LOCK;\\n' "$1" | sqlplus -S / as sysdba || exit 1 ;;
esac
}
`;

export function name(text: string): string {
    return `"${text.toUpperCase()}"`;
}
