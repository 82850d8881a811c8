import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { CONTENDERS } from "./shared/contenders.mjs";
import { rotated, rounds, spreadOf } from "./shared/statistics.mjs";

const NAMES = ["gzip-file", "gzip-parts", "gzip-s3"];

/** Five compressed parts, on the disk and on an S3 server, against one compressed file. */
export async function parts({ runs, quick }) {
  const pages = quick ? 20 : 100;
  const server = fork(fileURLToPath(new URL("shared/object-server.mjs", import.meta.url)));
  const [{ port }] = await once(server, "message");
  const keys = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
  const measured = await rounds(quick ? 2 : 5, async (nth) => {
    const s3 = { bucket: "bench", prefix: `round-${nth}`, endpoint: `http://127.0.0.1:${port}`, ...keys };
    const round = {};
    for (const name of rotated(NAMES, nth)) round[name] = await runs.run(name, { pages }, { s3 });
    return round;
  });
  server.disconnect();
  const over = (name) => measured.map((round) => round[name].wall / round["gzip-file"].wall);
  return [
    {
      title: `Part files: ${pages} pages of 1,000 without latency, wall time of the whole process`,
      rows: [
        { label: "five compressed parts ÷ one compressed file", values: over("gzip-parts"), target: 1.1 },
        { label: "the same onto an S3 server on loopback ÷ one compressed file", values: over("gzip-s3"), target: 1.4 },
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
