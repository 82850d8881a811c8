import { defineConfig } from "vitest/config";

// What takes long because it is real: the package and the documentation as users have them, the command as a process that is
// killed, compilers, servers, whole files. `npm run test:system` runs these, which take as long as all others together.
const system = [
  "test/{doc-examples,exact-optional,examples,faults,package,readme,recipes}.test.ts",
  "test/cli/bin.test.ts",
  "test/cli/demo/*.test.ts",
  "test/cli/export/{changed-session,reported-export,spent-export,update-command,update-over-http}.test.ts",
  "test/cli/output/{hostile-columns,open-column-file,open-parts,open-postgres,unwritable-output}.test.ts",
  "test/simulator/types-without-dom.test.ts",
  "test/sink/column-file/column-file.test.ts",
  "test/sink/column-parts/parquet-parts.test.ts",
  "test/sink/duckdb/{duckdb-database,duckdb-sink-columns,duckdb-sink-finished,duckdb-sink-resume}.test.ts",
  "test/sink/duckdb-wasm/duckdb-wasm-sink.test.ts",
  "test/sink/postgres/postgres-sink*.test.ts",
  "test/sink/table/table-additions.test.ts",
  "test/sink/update/*.test.ts",
  "test/**/*-{crash,interrupted,killed}.test.ts",
];
// These change what their process is: the table of formats.
const alone = ["test/contributing/*.test.ts"];

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
          exclude: [...alone, ...system],
          isolate: false,
          setupFiles: "test/helpers/leaves-nothing.ts",
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
      { extends: true, test: { name: "system", include: system } },
    ],
  },
});
