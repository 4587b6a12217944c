import { Runner, reporters } from "mocha";

/** Mocha's list of tests, with why a test failed that passed when it was tried again: without it nobody would ever hear. */
export = class extends reporters.Spec {
    constructor(runner: Runner, options?: Mocha.MochaOptions) {
        super(runner, options);
        runner.on(Runner.constants.EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
            console.log(`    tried again: ${test.fullTitle()}\n${(error.stack ?? String(error)).replace(/^/gm, "      ")}`);
        });
    }
};
