import { defineConfig } from "vitest/config";

/** What needs other programs: run-all.mjs installs them. */
export default defineConfig({
  test: {
    include: ["test/destinations/*.suite.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
