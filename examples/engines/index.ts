import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

const config = new pulumi.Config();

const database = new devdb.Instance("database", {
    engine: config.require<devdb.EngineName>("engine"),
    engineVersion: config.get("engineVersion"),
    image: config.get("image"),
    acceptLicense: config.getBoolean("acceptLicense"),
});

export const endpoint = database.endpoint;
export const version = database.engineVersionActual;
export const url = database.connectionString;
