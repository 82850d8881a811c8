/**
 * One request in ten fails once, over the same without. Pages of 100 profiles keep the machine idle, so that all pairs run
 * side by side; the failing request takes as long as any other.
 */
export async function faults({ runs, quick }) {
  const plan = { pages: quick ? 100 : 1000, pageSize: 100, latency: { mean: 200, spread: 0, seed: 0 } };
  const pairs = Array.from({ length: quick ? 2 : 5 }, (_, seed) =>
    Promise.all([runs.run("ndjson", { ...plan, faults: { seed } }), runs.run("ndjson", plan)]),
  );
  const measured = await Promise.all(pairs);
  return [
    {
      title: `Faults: ${plan.pages} pages at 200 ms, one request in ten fails once with a 503, ÷ the same without`,
      rows: [
        {
          label: "engage-export, NDJSON",
          values: measured.map(([faulty, sound]) => faulty.wall / sound.wall),
          target: 1.15,
          beside: `${measured[0][0].wall.toFixed(1)} s ÷ ${measured[0][1].wall.toFixed(1)} s`,
        },
      ],
    },
  ];
}
