// One request to the container engine at a unix:// or tcp:// address, for tools/setup, which can count neither on curl nor on a `docker` command:
//     node engine-request.mjs ADDRESS METHOD PATH [SECONDS]
// The body comes from standard input, the answer goes to standard output, and a failure exits 1.
import { request } from "node:http";

const [address, method, path, seconds = "5"] = process.argv.slice(2);
const url = new URL(address);
const where = url.protocol === "unix:" ? { socketPath: decodeURIComponent(url.pathname) } : { host: url.hostname, port: url.port };

function fail(words) {
    console.log(words);
    process.exit(1);
}

const sent = request({ ...where, method, path, headers: { Host: "engine" } }, async (answer) => {
    let text = "";
    for await (const piece of answer) text += piece;
    // A pull or an import begins with 200 and reports what fails later inside the answer.
    if (answer.statusCode >= 400 || text.includes('"errorDetail"')) fail(text);
    console.log(text);
});
setTimeout(() => fail(`no answer: i/o timeout after ${seconds} seconds`), Number(seconds) * 1000).unref();
sent.on("error", (error) => fail(error.message));
process.stdin.pipe(sent);
