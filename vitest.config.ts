import { defineConfig } from "vitest/config";

// These change what their process is: its warnings, the table of formats.
const alone = ["test/faults.test.ts", "test/contributing/*.test.ts"];

export default defineConfig({
  test: {
    // A test takes seconds at most; several times that on a machine that has other things to do.
    testTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    // Much of the time goes into waiting: for processes that tests start, and for DuckDB's own threads.
    maxWorkers: 3,
    projects: [
      // A fresh process for each file takes longer than most of the tests.
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: alone,
          isolate: false,
          setupFiles: "test/helpers/leaves-nothing.ts",
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
