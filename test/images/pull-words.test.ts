import assert from "node:assert/strict";
import { pullFault } from "../../provider/runtimes/pull-words";
import type { PullFault } from "../../provider/runtimes/runtime";

const hub = "https://registry-1.docker.io/v2/";
const manifest = "https://registry-1.docker.io/v2/library/postgres/manifests/17";

/** Words of real daemons: Docker's, containerd's beneath Docker, Podman's. */
const said: Readonly<Record<PullFault, readonly string[]>> = {
    unreachable: [
        `Get "${hub}": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host`,
        `Get "${hub}": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving`,
        `Get "${hub}": dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution`,
        `Get ${hub}: dial tcp: lookup registry-1.docker.io on 10.0.2.3:53: read udp 10.0.2.15:54567->10.0.2.3:53: i/o timeout`,
        `Get "${hub}": dial tcp 203.0.113.7:443: i/o timeout`,
        `Get "${hub}": dial tcp 203.0.113.7:443: connect: connection refused`,
        `Get "${hub}": dial tcp [2001:db8::1]:443: connect: network is unreachable`,
        `Get "${hub}": dial tcp 203.0.113.7:443: connect: no route to host`,
        `Get "${hub}": net/http: TLS handshake timeout`,
        `Get "${hub}": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
        `Get "${hub}": net/http: request canceled (Client.Timeout exceeded while awaiting headers)`,
        `Get "${hub}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
        `Get "${hub}": context deadline exceeded`,
        `Get "${hub}": EOF`,
        `Get "${hub}": unexpected EOF`,
        `Get "${hub}": read tcp 127.0.0.1:59538->127.0.0.1:33727: read: connection reset by peer`,
        `Get "${hub}": proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused`,
        `Get "${hub}": proxyconnect tcp: dial tcp: lookup proxy.example: no such host`,
        `Get "${hub}": Forbidden`,
        `Get "${hub}": Proxy Authentication Required`,
        `Get "${hub}": Bad Gateway`,
        `Head "${manifest}": Get "https://auth.docker.io/token?scope=repository%3Apull&service=x": dial tcp: lookup auth.docker.io: no such host`,
        `failed to resolve reference "docker.io/library/postgres:17": failed to do request: Head "${manifest}": dial tcp: lookup registry-1.docker.io: no such host`,
        `failed to resolve reference "docker.io/library/postgres:17": failed to do request: Head "${manifest}": net/http: TLS handshake timeout`,
        `failed to resolve reference "docker.io/library/postgres:17": failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token?a=b": EOF`,
        `initializing source docker://postgres:17: pinging container registry registry-1.docker.io: Get "${hub}": dial tcp: lookup registry-1.docker.io: no such host`,
    ],
    refused: [
        "pull access denied for nobody/postgres, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        "denied: requested access to the resource is denied",
        "denied",
        "unauthorized: authentication required",
        "unauthorized: incorrect username or password",
        `Head "${manifest}": no basic auth credentials`,
        `Head "${manifest}": unauthorized: authentication required`,
        'error parsing HTTP 403 response body: unexpected end of JSON input: ""',
        'failed to resolve reference "docker.io/nobody/x:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
        `failed to resolve reference "docker.io/library/postgres:17": failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.docker.io/token?a=b: 401 Unauthorized`,
        `failed to resolve reference "docker.io/library/postgres:17": unexpected status from HEAD request to ${manifest}: 403 Forbidden`,
        "unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password",
    ],
    missing: [
        "manifest for postgres:17.99 not found: manifest unknown: manifest unknown",
        "manifest unknown",
        "name unknown: repository library/postgre not found",
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        `error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: "<html>nothing here</html>"`,
        'failed to resolve reference "docker.io/library/postgres:17.99": docker.io/library/postgres:17.99: not found',
        "reading manifest 17.99 in docker.io/library/postgres: manifest unknown",
    ],
    limited: [
        "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        'error parsing HTTP 429 response body: unexpected end of JSON input: ""',
        `Head "${manifest}": error parsing HTTP 429 response body: invalid character 's' looking for beginning of value: "slow down"`,
        `failed to resolve reference "docker.io/library/postgres:17": unexpected status from HEAD request to ${manifest}: 429 Too Many Requests`,
    ],
    broken: [],
    other: [
        "received unexpected HTTP status: 503 Service Unavailable",
        "received unexpected HTTP status: 500 Internal Server Error",
        `failed to resolve reference "docker.io/library/postgres:17": unexpected status from HEAD request to ${manifest}: 503 Service Unavailable`,
        "missing or empty Content-Type header",
        `Get "${hub}": x509: certificate signed by unknown authority`,
        `Get "https://mirror.example:5000/v2/": http: server gave HTTP response to HTTPS client`,
        "invalid reference format",
        "write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
    ],
};

describe("what a daemon says of a pull that failed", () => {
    for (const [kind, all] of Object.entries(said)) {
        for (const words of all) it(`is ${kind}: ${words}`, () => assert.equal(pullFault("postgres:17", words, 500), kind));
    }

    it("is judged by what happened, not by names that look like words for it", () => {
        const judged = (reference: string, words: string) => pullFault(reference, words, 500);
        const refusedBy = (host: string) => `Get "https://${host}/v2/": dial tcp: lookup ${host} on 10.0.0.2:53: no such host`;
        assert.equal(judged("denied.example/unauthorized:429", refusedBy("denied.example")), "unreachable");
        assert.equal(
            judged("127.0.0.1:429/postgres:17", 'Get "http://127.0.0.1:429/v2/": dial tcp 127.0.0.1:429: connect: refused'),
            "unreachable",
        );
        assert.equal(judged("r.example/eof:401", "manifest for r.example/eof:401 not found: manifest unknown"), "missing");
        assert.equal(judged("r.example/denied", "initializing source docker://r.example/denied:latest: manifest unknown"), "missing");
    });

    it("is missing where only the status tells", () => assert.equal(pullFault("postgres:17", "no such thing", 404), "missing"));
});
