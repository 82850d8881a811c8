import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { columnsOf } from "../dist/duckdb.js";
import { CONTENDERS } from "./shared/contenders.mjs";
import { rotated, rounds, spreadOf } from "./shared/statistics.mjs";

const NAMES = ["duckdb", "parquet", "parquet-by-hand", "columns", "columns-by-hand"];
const SPARSE = ["sparse-parquet", "sparse-columns"];

/** A typed column for each property: against doing it by hand, at a million profiles, and with many sparse properties. */
export async function columns({ runs, quick }) {
  const pages = quick ? 20 : 100;
  const types = await typesOf(runs);
  const measured = await rounds(quick ? 2 : 5, async (nth) => {
    const round = {};
    for (const name of rotated(NAMES, nth)) round[name] = await runs.run(name, { pages }, { types });
    return round;
  });
  const many = quick ? 100 : 1000;
  const plain = await runs.run("duckdb", { pages: many });
  const parquet = await runs.run("parquet-512-mb", { pages: many });
  const sparse = [];
  for (const name of SPARSE) {
    const used = await runs.run(name, { pages: many }, { properties: 300, memoryLimit: "512MB" });
    sparse.push({ label: `300 properties, ${CONTENDERS[name].label}`, used, target: 1000 });
  }
  const wide = await runs.run("sparse-parquet", { pages: many / 10 }, { properties: 1000, memoryLimit: "512MB" });
  sparse.push({ label: "1,000 properties, a tenth of the profiles, Parquet", used: wide });
  return [
    ratios(pages, measured),
    {
      title: `${many} pages of 1,000 into Parquet, memory_limit 512 MB`,
      rows: [
        { label: "peak memory", values: [parquet.peakRss / 1e6], unit: "MB", target: 700 },
        { label: "wall ÷ a plain export into DuckDB", values: [parquet.wall / plain.wall], target: 1.8 },
      ],
    },
    {
      title: `${many},000 profiles with 20 of many properties each, memory_limit 512 MB: peak memory`,
      rows: sparse.map(({ label, used, target }) => {
        return { label, values: [used.peakRss / 1e6], unit: "MB", target, beside: `${used.wall.toFixed(1)} s` };
      }),
    },
  ];
}

function ratios(pages, measured) {
  const over = (name, below) => measured.map((round) => round[name].wall / round[below].wall);
  return {
    title: `Columns: ${pages} pages of 1,000 without latency, wall time of the whole process`,
    rows: [
      { label: "Parquet ÷ by hand", values: over("parquet", "parquet-by-hand"), target: 1 },
      { label: "DuckDB with a table of columns ÷ by hand", values: over("columns", "columns-by-hand"), target: 1 },
      { label: "Parquet ÷ a plain export into DuckDB", values: over("parquet", "duckdb") },
      { label: "DuckDB with a table of columns ÷ the same", values: over("columns", "duckdb") },
      ...NAMES.map((name) => ({
        label: CONTENDERS[name].label,
        values: measured.map((round) => round[name].wall),
        unit: "s",
        beside: `${Math.round(spreadOf(measured.map((round) => round[name].peakRss)).median / 1e6)} MB`,
      })),
    ],
  };
}

/** What the user who does it by hand has to know: the types as a STRUCT. */
async function typesOf(runs) {
  const kept = await mkdtemp(join(tmpdir(), "engage-export-bench-"));
  try {
    const out = join(kept, "profiles.duckdb");
    await runs.run("duckdb", { pages: 20 }, { out });
    const instance = await DuckDBInstance.create(out);
    const connection = await instance.connect();
    const { columns: found } = await columnsOf(connection, { maxColumns: 50 });
    connection.closeSync();
    instance.closeSync();
    // `read_json` does not take names that differ in case only, and a type no name with a quote.
    const named = found.filter(({ name, property }) => name === property && !name.includes('"'));
    return `STRUCT(${named.map(({ name, type }) => `"${name}" ${type}`).join(", ")})`;
  } finally {
    await rm(kept, { recursive: true });
  }
}
