import type { Script } from "./engine";
import { checkpoint, client, connection, ownClients, statements } from "./postgres-psql";

/** Holds the process of a server that is there to be filled, for as long as it runs: in memory, which a container that is killed loses with it. */
const filling = "/dev/shm/devdb-filling";

/**
 * In a start's script: first a server that keeps no log of what is copied into tables of the same transaction, which would be written twice; it syncs their
 * files as the transaction ends instead. Once it is told to end, the script goes on to the server that stays, so that the container and its port do too, and
 * no setting of this one is left anywhere. Where it ends by itself, since it cannot be had with the other settings, the one that stays is filled.
 * https://www.postgresql.org/docs/current/populate.html#POPULATE-PITR
 */
export const filledFirst = `
    "$0" "$@" -c wal_level=minimal -c max_wal_senders=0 -c archive_mode=off </dev/null &
    server=$!
    trap 'kill -INT "$server"; wait "$server"; exit' INT TERM
    echo "$server" >${filling}
    wait "$server"
    rm -f ${filling}
    trap - INT TERM`;

/**
 * The last of a restore: statements, then the counting, by which plans are right from the first query, and last the server that stays. Counted is what was
 * restored, and not with --all, which takes what nobody restored too, and as long again; that it fails is no fault.
 */
const ending = `
${ownClients}
${client.join(" ")} --username="$1" --dbname="$2" || exit
shift 2
server=$(cat ${filling} 2>/dev/null)
# Else the server would write what is in its memory when it ends.
[ -z "$server" ] || ${checkpoint.join(" ")} >/dev/null 2>&1 &
for database; do vacuumdb --username=postgres --no-password --analyze-only --quiet --jobs=2 --dbname="$database"; done
wait
[ -z "$server" ] || kill -INT "$server"
while [ -e ${filling} ]; do sleep 0.02; done
exit 0`;

/** `restored`: the names of the databases by then. */
export function ended(role: string, database: string, lines: readonly string[], restored: readonly string[]): Script {
    const databases = restored.map(connection);
    return {
        command: ["sh", "-c", ending, "psql", role, connection(database), ...databases],
        user: "postgres",
        stdin: statements(role, lines),
    };
}
