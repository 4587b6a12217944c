import type { Account, Script } from "./engine";
import { listing, ownList, ownQuery } from "./postgres-ahead";
import { identifierShown } from "./postgres-identifier";
import { logCut } from "./postgres-log";
import { ownClients } from "./postgres-psql";
import { configuration, data } from "./postgres-start";

/**
 * The server by itself, without anybody's connection, until it has recovered and stopped. Nothing is synced: what it writes is copied into a layer. One that
 * cannot start here, for want of a tablespace or as a standby, leaves all as it was. It tells which files a copy is to open first, which is no must. The data
 * look as if no server had ever been started on them.
 */
const script = `
cd ${data} || exit 0
${ownClients}
rm -rf pg_replslot/*
[ ! -e ${configuration} ] || set -- -c config_file=${configuration}
said=$(postgres --single -F -D "$PWD" "$@" template1 2>/dev/null) || exit 0
printf '%s\\n' "$said" | (${listing([ownList], "statements")})
set -e
rm -f pg_stat/* postmaster.opts${logCut}${identifierShown}`;

export function recover({ dbName = "" }: Account): Script {
    return { command: ["sh", "-c", script, "recover"], user: "postgres", stdin: `${ownQuery(dbName)}\n` };
}
