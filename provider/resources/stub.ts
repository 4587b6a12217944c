import type * as pulumi from "@pulumi/pulumi";

/**
 * What Pulumi keeps in the state as text and replays from there, perhaps on another machine and with another version of this package. So it does
 * nothing but name the frozen entry, captures nothing, and never changes: a golden test holds its text.
 */
export const instanceStub: pulumi.dynamic.ResourceProvider = {
    check: (olds, news) => require("pulumi-devdb/provider/v1").instance.check(olds, news),
    diff: (id, olds, news) => require("pulumi-devdb/provider/v1").instance.diff(id, olds, news),
    create: (inputs) => require("pulumi-devdb/provider/v1").instance.create(inputs),
    read: (id, props) => require("pulumi-devdb/provider/v1").instance.read(id, props),
    update: (id, olds, news) => require("pulumi-devdb/provider/v1").instance.update(id, olds, news),
    delete: (id, props) => require("pulumi-devdb/provider/v1").instance.delete(id, props),
};

/** The same for snapshots. */
export const snapshotStub: pulumi.dynamic.ResourceProvider = {
    check: (olds, news) => require("pulumi-devdb/provider/v1").snapshot.check(olds, news),
    diff: (id, olds, news) => require("pulumi-devdb/provider/v1").snapshot.diff(id, olds, news),
    create: (inputs) => require("pulumi-devdb/provider/v1").snapshot.create(inputs),
    read: (id, props) => require("pulumi-devdb/provider/v1").snapshot.read(id, props),
    update: (id, olds, news) => require("pulumi-devdb/provider/v1").snapshot.update(id, olds, news),
    delete: (id, props) => require("pulumi-devdb/provider/v1").snapshot.delete(id, props),
};
