import { defineConfig } from "vitest/config";

// Pure and quick, so they share a process: a fresh one for each file would take longer than the tests.
const quick = [
  "test/page/*.test.ts",
  "test/source/**/*.test.ts",
  "test/transform/*.test.ts",
  "test/export/*.test.ts",
  "test/simulator/**/*.test.ts",
  "test/cli/{arguments,completion,terminal}/**/*.test.ts",
  "test/sink/columns/*.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    // Much of the time goes into waiting for processes that tests start.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "quick", include: quick, isolate: false } },
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts"], exclude: quick } },
    ],
  },
});
