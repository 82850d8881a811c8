import { CONTENDERS } from "./shared/contenders.mjs";
import { idealSpan, latenciesOf } from "./shared/run-plan.mjs";
import { rotated, rounds } from "./shared/statistics.mjs";

const NAMES = ["sequential", "waves", "ndjson", "duckdb"];
const TARGETS = { ndjson: 1.1, duckdb: 1.15 };

/** From the first request to the last response, as the server saw them, over the best that the same latencies allow. */
export async function schedule({ runs, quick }) {
  const measured = await rounds(quick ? 2 : 5, async (nth) => {
    const plan = { pages: quick ? 20 : 50, latency: { mean: 200, spread: 0.5, seed: 100 + nth } };
    const ideal = idealSpan(latenciesOf(plan));
    const ratios = {};
    for (const name of rotated(NAMES, nth)) {
      const { log } = await runs.run(name, plan);
      ratios[name] = (log.lastResponse - log.firstRequest) / ideal;
    }
    return ratios;
  });
  return [
    {
      title: `Schedule: ${quick ? 20 : 50} pages at 200 ms ± 50 %, first request to last response ÷ the ideal greedy schedule`,
      rows: NAMES.map((name) => ({
        label: CONTENDERS[name].label,
        values: measured.map((ratios) => ratios[name]),
        target: TARGETS[name],
      })),
    },
  ];
}
