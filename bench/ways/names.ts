/** As the tables call them. */
export const ways = {
    hook: "our create hook",
    unprimed: "our create hook, priming off",
    plain: "docker run",
    testcontainers: "testcontainers",
    bare: "bare container",
} as const;
