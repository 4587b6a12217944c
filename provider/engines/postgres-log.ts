/**
 * In a layer the log is short: a file of a layer is copied whole at its first write, and of a log only the beginning is ever written again. So it is made
 * anew, and its empty end is cut off; the first start gives it back its length.
 */
const length = "devdb.log";

/** Shell, in the data directory of a server that was stopped cleanly. */
export const logCut = `
pg_resetwal "$PWD" >/dev/null
for log in pg_wal/0*; do
    wc -c <"$log" >${length}
    truncate -s 64K "$log"
done`;

/** Shell, in the data directory, before the server starts on the layer. */
export const logRestored = `
if [ -s ${length} ]; then
    read -r size <${length}
    truncate -s "$size" pg_wal/0* && : >${length}
fi`;
