// Pulumi's language host for Node.js. Newer ones are a module of their own without a tagged version; this is the last one
// inside the SDK module, and the newer CLI works with it.
module pulumi-language-nodejs

go 1.25.11

require github.com/pulumi/pulumi/sdk/v3 v3.68.0
