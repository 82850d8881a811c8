import { CONTENDERS } from "./shared/contenders.mjs";
import { startPostgres } from "./shared/postgres-server.mjs";
import { rotated, rounds, spreadOf } from "./shared/statistics.mjs";

const NAMES = ["postgres", "postgres-by-hand"];

/** Into a keyed table of a Postgres server, against doing it by hand. */
export async function postgres({ runs, quick, say }) {
  const server = await startPostgres();
  if (server === undefined) {
    say("no Postgres server is installed: left out");
    return [];
  }
  const pages = quick ? 20 : 100;
  const { psql, database } = server;
  const measured = await rounds(quick ? 2 : 5, async (nth) => {
    const round = {};
    for (const name of rotated(NAMES, nth)) round[name] = await runs.run(name, { pages }, { psql, database });
    return round;
  });
  await server.stop();
  const ratios = measured.map((round) => round.postgres.wall / round["postgres-by-hand"].wall);
  return [
    {
      title: `Postgres: ${pages} pages of 1,000 without latency, wall time of the whole process`,
      rows: [
        { label: "Postgres ÷ by hand", values: ratios, target: 0.8 },
        ...NAMES.map((name) => ({
          label: CONTENDERS[name].label,
          values: measured.map((round) => round[name].wall),
          unit: "s",
          beside: `${Math.round(spreadOf(measured.map((round) => round[name].peakRss)).median / 1e6)} MB`,
        })),
      ],
    },
  ];
}
