import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

const network = new docker.Network("shop");

const orders = new devdb.Instance("orders", {
    engine: "postgres",
    engineVersion: "17",
    dbName: "orders",
    username: "app",
    networks: [network.name],
});

// Inside the network the database has its identifier for a host name and its own port; the published one is for the host.
const url = pulumi.interpolate`postgresql://${orders.username}:${orders.password}@${orders.internalEndpoint}/${orders.dbName}`;

const image = new docker.RemoteImage("application", { name: "postgres:17", keepLocally: true });

// Any image of yours takes this one's place. It can rely on the database: an instance is ready before what depends on it starts.
const application = new docker.Container("application", {
    image: image.imageId,
    networksAdvanced: [{ name: network.name }],
    envs: [pulumi.interpolate`DATABASE_URL=${url}`],
    command: ["sh", "-c", 'psql "$DATABASE_URL" -c "CREATE TABLE visits (at timestamptz)" && exec sleep infinity'],
});

export const container = application.name;
export const internalEndpoint = orders.internalEndpoint;
