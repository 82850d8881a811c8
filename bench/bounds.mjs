/** What is held at most: pages while a sink is slow, bytes while pages are large. */
export async function bounds({ runs, quick }) {
  const [slow, large] = [
    await runs.run("slow-sink", { pages: quick ? 13 : 30, pageSize: 100 }, { secondsPerPage: quick ? 0.2 : 1 }),
    await runs.run("ndjson", { pages: quick ? 4 : 12, pageSize: 40_000 }),
  ];
  return [
    {
      title: "Bounds",
      rows: [
        {
          label: "pages held while a sink takes 1 s a page (2 × concurrency + 1 transform)",
          values: [slow.said.mostHeld],
          unit: "",
          target: 11,
        },
        {
          label: "peak memory with pages of 40,000 profiles, NDJSON",
          values: [large.peakRss / 1e6],
          unit: "MB",
          target: 1000,
          beside: `${large.wall.toFixed(1)} s for ${quick ? "160,000" : "480,000"} profiles`,
        },
      ],
    },
  ];
}
