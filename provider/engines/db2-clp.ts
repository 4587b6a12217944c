export const owner = "db2inst1";

/** The instance's owner runs the command line processor, whose statements come from standard input. Its codes: 1 for no rows, 2 for a warning. */
export const statements = `su - ${owner} -c "db2 +p -s -t -x"`;

/** Statements to the first error; su fails by 1 too, before there is an owner. */
export const clp = `${statements}
case $? in 0|2) exit 0 ;; *) exit 1 ;; esac`;
