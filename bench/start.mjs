import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { commandEnvironment } from "./shared/account.mjs";
import { rounds } from "./shared/statistics.mjs";

const COMMAND = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** How long the command takes to say something, over an empty Node. */
export async function start({ server, quick }) {
  const served = await server.run({ pages: 1, pageSize: 1000, latency: { mean: 0, spread: 0, seed: 0 } });
  const env = { ...process.env, ...commandEnvironment(served.url) };
  const measured = await rounds(quick ? 5 : 21, async () => ({
    empty: await timesOf(["-e", "0"], env),
    help: await timesOf([COMMAND, "--help"], env),
    exporting: await timesOf([COMMAND], env),
  }));
  await served.end();
  const over = (time) => measured.map((round) => time(round) / round.empty.end);
  return [
    {
      title: "Start, ÷ `node -e 0`",
      rows: [
        { label: "--help", values: over(({ help }) => help.end), target: 2 },
        { label: "first byte of an export on stdout", values: over(({ exporting }) => exporting.firstByte) },
      ],
    },
  ];
}

async function timesOf(args, env) {
  const began = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  let firstByte;
  child.stdout.on("data", () => {
    firstByte ??= performance.now() - began;
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  return { firstByte, end: performance.now() - began };
}
