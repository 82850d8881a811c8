import { rounds } from "./shared/statistics.mjs";

const LATENCY = { mean: 300, spread: 0.1, seed: 7 };
const ALLOWED = [1, 2, 3];

/**
 * Others use some of the project's five slots, and leave at last. Pages of 100 profiles keep the machine idle, so that the
 * runs of a round go side by side.
 */
export async function pace({ runs, quick }) {
  const plan = { pages: quick ? 40 : 100, pageSize: 100, latency: LATENCY };
  const left = quick ? 10 : 50;
  const allowing = (slots) => ({ ...plan, allows: [{ from: 0, slots }] });
  const leaving = { ...plan, allows: [...allowing(2).allows, { from: left, slots: 5 }] };
  const measured = await rounds(quick ? 1 : 5, async () => {
    const [back, ...pairs] = await Promise.all([
      runs.run("ndjson", leaving),
      ...ALLOWED.map(async (slots) => {
        const ours = runs.run("ndjson", allowing(slots));
        const fixed = runs.run("ndjson", allowing(slots), { concurrency: slots });
        return { ours: await ours, fixed: await fixed };
      }),
    ]);
    return { pairs, pagesUntilBack: (back.log.firstAt[5] ?? Number.POSITIVE_INFINITY) - left };
  });
  return [
    {
      title: `Pace: ${plan.pages} pages at 300 ms ± 10 % from a project that allows fewer than five at a time`,
      rows: [
        ...ALLOWED.flatMap((slots, nth) => {
          const pairs = measured.map((round) => round.pairs[nth]);
          const [{ ours, fixed }] = pairs;
          return [
            {
              label: `${slots} allowed: time ÷ that with concurrency fixed to ${slots}`,
              values: pairs.map(({ ours, fixed }) => span(ours.log) / span(fixed.log)),
              target: 1.25,
              beside: `${span(ours.log).toFixed(1)} s ÷ ${span(fixed.log).toFixed(1)} s`,
            },
            {
              label: `${slots} allowed: 429s in 20 pages, after the first volley`,
              values: pairs.map(({ ours }) => (afterVolley(ours.log) * 20) / plan.pages),
              target: 1,
              beside: `${ours.log.refusedAt.length} in all`,
            },
          ];
        }),
        {
          label: `2 allowed, then 5: pages until five run at a time`,
          values: measured.map(({ pagesUntilBack }) => pagesUntilBack),
          unit: "",
          target: 20,
        },
      ],
    },
  ];
}

/** Seconds from the first request to the last response. */
function span({ firstRequest, lastResponse }) {
  return (lastResponse - firstRequest) / 1000;
}

/** Page 0 comes alone; the first volley is over when the second page is served. */
function afterVolley({ refusedAt }) {
  return refusedAt.filter((served) => served > 1).length;
}
