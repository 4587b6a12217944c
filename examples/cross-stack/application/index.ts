import * as pulumi from "@pulumi/pulumi";

const stack = `${pulumi.getOrganization()}/devdb-cross-stack-database/${pulumi.getStack()}`;
const database = new pulumi.StackReference("database", { name: stack });

/** What the application is started with. A secret, as it is in the other stack. */
export const environment = { DATABASE_URL: database.requireOutput("url") };
export const databaseEndpoint = database.requireOutput("endpoint");
