// The Pulumi CLI, for where its download site is out of reach. The version that tools/setup installs or builds is the one below.
module pulumi-cli

go 1.25.11

require github.com/pulumi/pulumi/pkg/v3 v3.248.0

// As Pulumi's own go.mod has it: replacements are not inherited.
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
