export const oradata = "/opt/oracle/oradata";
export const defaultPdb = "FREEPDB1";

/** No substitution of `&`, no headings, and an end at the first error. */
export const plain = [
    "WHENEVER SQLERROR EXIT FAILURE",
    "WHENEVER OSERROR EXIT FAILURE",
    "SET DEFINE OFF",
    "SET HEADING OFF FEEDBACK OFF PAGESIZE 0 LINESIZE 200",
];

/** The image's own tool makes pluggable databases, opens them for good and tells the listener. The administrator that it makes there has a password to guess. */
export const ensurePdbs = `for pdb do
[ "$pdb" = ${defaultPdb} ] || {
present=$(printf "SET HEADING OFF FEEDBACK OFF PAGESIZE 0\\nSELECT 'present' FROM v\\$pdbs WHERE name = '%s';\\n" "$pdb" | sqlplus -S / as sysdba)
case "$present" in
*present*) ;;
*) createDatabase "$pdb" && printf 'ALTER SESSION SET CONTAINER = "%s";\\nALTER USER pdbadmin ACCOUNT LOCK;\\n' "$pdb" | sqlplus -S / as sysdba || exit 1 ;;
esac
}
done
`;

export function name(text: string): string {
    return `"${text.toUpperCase()}"`;
}
