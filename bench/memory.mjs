import { writeFile } from "node:fs/promises";
import { CONTENDERS } from "./shared/contenders.mjs";
import { growthPlot } from "./shared/growth-plot.mjs";
import { rounds, spreadOf } from "./shared/statistics.mjs";

const NAMES = ["ndjson", "duckdb-512-mb", "duckdb"];

/** Peak memory and time per page as an export grows from 10 pages to 1,000: a million profiles. */
export async function memory({ runs, quick }) {
  const sizes = quick ? [10, 30, 100] : [10, 30, 100, 300, 1000];
  const [most, tenth] = [sizes.at(-1), sizes.at(-1) / 10];
  const growth = [];
  const measured = await rounds(quick ? 1 : 5, async (nth) => {
    const round = {};
    for (const name of NAMES) {
      for (const pages of sizes) {
        // Five rounds give the ratio; one is enough for the sizes between, and for what is plotted only.
        if (nth > 0 && (name === "duckdb" || (pages !== most && pages !== tenth))) continue;
        const { wall, peakRss, said } = await runs.run(name, { pages });
        round[`${name} ${pages}`] = { peakRss, held: said.held ?? 0 };
        growth.push({ name, label: CONTENDERS[name].label, pages, perPage: wall / pages, peakRss });
      }
    }
    return round;
  });
  const ratio = (name, label, bytes, target) => ({
    label,
    values: measured.map((round) => bytes(round[`${name} ${most}`]) / bytes(round[`${name} ${tenth}`])),
    target,
    beside: `${megabytes(measured, `${name} ${tenth}`, bytes)} → ${megabytes(measured, `${name} ${most}`, bytes)}`,
  });
  const all = ({ peakRss }) => peakRss;
  const ours = ({ peakRss, held }) => peakRss - held;
  if (!quick) await writeFile(new URL("growth.svg", import.meta.url), growthPlot(growth));
  return [
    {
      title: `Memory: peak RSS at ${most} pages of 1,000 ÷ at ${tenth}`,
      rows: [
        ratio("ndjson", CONTENDERS.ndjson.label, all, 1.15),
        ratio("duckdb-512-mb", CONTENDERS["duckdb-512-mb"].label, all, 1.15),
        ratio("duckdb-512-mb", "the same without what DuckDB says it holds at the end", ours),
      ],
    },
    {
      title: `Growth: ${most} pages of 1,000, the whole process (growth.svg has 10 to ${most})`,
      rows: NAMES.map((name) =>
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
