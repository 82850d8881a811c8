import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTENDERS } from "./shared/contenders.mjs";
import { rotated, rounds, spreadOf } from "./shared/statistics.mjs";

const NAMES = [
  "discard",
  "ndjson",
  "command-ndjson",
  "mixpanel-import",
  "duckdb",
  "command-duckdb",
  "table-by-hand",
  "read-json",
  "append",
  "discard-beside-append",
  "read-beside-append",
  "naive",
];

/** 100 pages without latency, the whole process; what is compared runs within one round. */
export async function throughput({ runs, quick }) {
  const plan = { pages: quick ? 20 : 100 };
  const kept = await mkdtemp(join(tmpdir(), "engage-export-bench-"));
  const profiles = join(kept, "profiles.ndjson");
  try {
    await runs.run("ndjson", plan, { out: profiles });
    const measured = await rounds(quick ? 2 : 7, async (nth) => {
      const round = {};
      for (const name of rotated(NAMES, nth)) round[name] = await runs.run(name, plan, { profiles });
      const apart = await Promise.all([runs.run("discard", plan), runs.run("append", plan, { profiles })]);
      round.apart = { wall: Math.max(...apart.map(({ wall }) => wall)) };
      return round;
    });
    return [ratios(plan, measured), seconds(plan, measured), queries(measured[0])];
  } finally {
    await rm(kept, { recursive: true });
  }
}

function ratios({ pages }, measured) {
  const over = (name, ...below) =>
    measured.map((round) => round[name].wall / below.reduce((sum, each) => sum + round[each].wall, 0));
  const overLoad = (name) => over(name, "discard", "read-json");
  return {
    title: `Throughput: ${pages} pages of 1,000 without latency, wall time of the whole process`,
    rows: [
      { label: "NDJSON ÷ mixpanel-import", values: over("ndjson", "mixpanel-import"), target: 0.35 },
      { label: "NDJSON ÷ receive and discard", values: over("ndjson", "discard"), target: 2.4 },
      { label: "NDJSON by the command ÷ mixpanel-import", values: over("command-ndjson", "mixpanel-import") },
      { label: "NDJSON by the command ÷ receive and discard", values: over("command-ndjson", "discard") },
      { label: "DuckDB ÷ by hand", values: over("duckdb", "table-by-hand"), target: 0.75 },
      { label: "DuckDB ÷ (receive and discard + DuckDB's own load)", values: overLoad("duckdb") },
      { label: "DuckDB by the command ÷ the same", values: overLoad("command-duckdb") },
      { label: "DuckDB's part of it alone ÷ the same", values: overLoad("append") },
      {
        label: "DuckDB's part while pages are received and dropped ÷ the same",
        values: overLoad("discard-beside-append"),
      },
      { label: "that in two processes ÷ the same", values: overLoad("apart") },
      {
        label: "DuckDB's part while profilePages() is read and dropped ÷ the same",
        values: overLoad("read-beside-append"),
      },
      { label: "naive ÷ the same", values: overLoad("naive") },
    ],
  };
}

function seconds({ pages }, measured) {
  return {
    title: `The same ${pages} pages in seconds, with CPU seconds and peak memory`,
    rows: NAMES.map((name) => ({
      label: CONTENDERS[name].label,
      values: measured.map((round) => round[name].wall),
      unit: "s",
      beside: besides(measured.map((round) => round[name])),
    })),
  };
}

function besides(used) {
  const cpu = spreadOf(used.map((each) => each.cpu)).median;
  const peakRss = spreadOf(used.map((each) => each.peakRss)).median;
  return `${cpu.toFixed(2)} CPU s, ${Math.round(peakRss / 1e6)} MB`;
}

function queries(round) {
  const counted = (name) => ({ label: CONTENDERS[name].label, values: [round[name].log.counted], unit: "" });
  return {
    title: "Queries that count against the hour (those without a session), per complete export",
    rows: [
      { ...counted("ndjson"), target: 1 },
      { ...counted("duckdb"), target: 1 },
      { ...counted("mixpanel-import"), beside: `${round["mixpanel-import"].log.requests} requests` },
    ],
  };
}
