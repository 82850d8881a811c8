import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTENDERS } from "./shared/contenders.mjs";
import { growthPlot } from "./shared/growth-plot.mjs";
import { rounds, spreadOf } from "./shared/statistics.mjs";

const PLOTTED = ["ndjson", "duckdb-512-mb", "duckdb"];
const COMPARED = ["ndjson", "command-ndjson", "duckdb-512-mb", "read-json-512-mb"];

/** Peak memory and time per page as an export grows from 10 pages to 1,000: a million profiles. */
export async function memory({ runs, quick }) {
  const sizes = quick ? [10, 30, 100] : [10, 30, 100, 300, 1000];
  const [most, tenth] = [sizes.at(-1), sizes.at(-1) / 10];
  const growth = [];
  const kept = await mkdtemp(join(tmpdir(), "engage-export-bench-"));
  const profilesOf = (pages) => join(kept, `${pages}.ndjson`);
  const run = async (name, pages) => {
    const { wall, peakRss, said } = await runs.run(name, { pages }, { profiles: profilesOf(pages) });
    if (PLOTTED.includes(name)) {
      growth.push({ name, label: CONTENDERS[name].label, pages, perPage: wall / pages, peakRss });
    }
    return { peakRss, held: said.held };
  };
  let measured;
  try {
    for (const pages of [tenth, most]) await runs.run("ndjson", { pages }, { out: profilesOf(pages) });
    // One round is enough for the sizes between, and for what is plotted only.
    for (const name of PLOTTED) {
      for (const pages of sizes) {
        const isCompared = COMPARED.includes(name) && (pages === most || pages === tenth);
        if (!isCompared) await run(name, pages);
      }
    }
    measured = await rounds(quick ? 1 : 5, async () => {
      const round = {};
      for (const name of COMPARED) {
        for (const pages of [tenth, most]) round[`${name} ${pages}`] = await run(name, pages);
      }
      return round;
    });
  } finally {
    await rm(kept, { recursive: true });
  }
  const peak = (name, target) => ({
    label: CONTENDERS[name].label,
    values: measured.map((round) => round[`${name} ${most}`].peakRss / 1e6),
    unit: "MB",
    target,
  });
  const ratio = (name, label, bytes) => ({
    label,
    values: measured.map((round) => bytes(round[`${name} ${most}`]) / bytes(round[`${name} ${tenth}`])),
    beside: `${megabytes(measured, `${name} ${tenth}`, bytes)} → ${megabytes(measured, `${name} ${most}`, bytes)}`,
  });
  const all = ({ peakRss }) => peakRss;
  const index = ({ held }) => held.index;
  const withoutIndex = ({ peakRss, held }) => peakRss - held.index;
  const ours = ({ peakRss, held }) => peakRss - held.all;
  if (!quick) await writeFile(new URL("growth.svg", import.meta.url), growthPlot(growth));
  return [
    {
      title: `Memory: peak RSS at ${most} pages of 1,000`,
      rows: [peak("ndjson", 200), peak("command-ndjson", 200), peak("duckdb-512-mb", 512)],
    },
    {
      title: `Memory: peak RSS at ${most} pages of 1,000 ÷ at ${tenth}`,
      rows: [
        ratio("ndjson", CONTENDERS.ndjson.label, all),
        ratio("command-ndjson", CONTENDERS["command-ndjson"].label, all),
        ratio("duckdb-512-mb", CONTENDERS["duckdb-512-mb"].label, all),
        ratio("duckdb-512-mb", "what DuckDB says the primary key's index holds of it", index),
        ratio("duckdb-512-mb", "all without that index", withoutIndex),
        ratio("duckdb-512-mb", "all without what DuckDB says it holds, index included", ours),
        ratio("read-json-512-mb", CONTENDERS["read-json-512-mb"].label, all),
      ],
    },
    {
      title: `Growth: ${most} pages of 1,000, the whole process (growth.svg has 10 to ${most})`,
      rows: PLOTTED.map((name) =>
        growthRow(
          growth.filter((point) => point.name === name),
          most,
        ),
      ),
    },
  ];
}

function growthRow(points, most) {
  const atMost = points.filter(({ pages }) => pages === most);
  return {
    label: points[0].label,
    values: atMost.map(({ perPage }) => perPage * most),
    unit: "s",
    beside: `${(spreadOf(atMost.map(({ perPage }) => perPage)).median * 1000).toFixed(1)} ms a page`,
  };
}

function megabytes(measured, key, bytes) {
  return `${Math.round(spreadOf(measured.map((round) => bytes(round[key]))).median / 1e6)} MB`;
}
