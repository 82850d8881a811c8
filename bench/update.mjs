import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandEnvironment } from "./shared/account.mjs";
import { rounds, spreadOf } from "./shared/statistics.mjs";

const COMMAND = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const LATENCY = { mean: 200, spread: 0, seed: 1 };

/** A table of which one profile in a hundred has changed: how long an update takes, over a full export of the same. */
export async function update({ server, quick, say }) {
  const pages = quick ? 100 : 1000;
  const served = await server.run({ pages, pageSize: 1000, latency: LATENCY });
  const cwd = await mkdtemp(join(tmpdir(), "engage-export-bench-"));
  try {
    const full = await timeOf([], served.url, cwd);
    say(`full export, ${pages} pages: ${full.toFixed(1)} s`);
    const updates = await rounds(quick ? 2 : 5, async () => {
      const took = await timeOf(["--update"], served.url, cwd);
      say(`update: ${took.toFixed(2)} s`);
      return took;
    });
    const { counted } = await served.end();
    return [
      {
        title: `Update: ${pages},000 profiles in DuckDB, 1 % changed, 200 ms a page, the command`,
        rows: [
          {
            label: "wall ÷ a full export",
            values: updates.map((took) => took / full),
            target: 0.08,
            beside: `${spreadOf(updates).median.toFixed(1)} s ÷ ${full.toFixed(1)} s`,
          },
          {
            label: "queries that count against the hour",
            values: [counted / (updates.length + 1)],
            unit: "",
            target: 1,
          },
        ],
      },
    ];
  } finally {
    await rm(cwd, { recursive: true });
  }
}

/** Seconds of an export into the table, start-up included. */
async function timeOf(flags, url, cwd) {
  const env = { ...process.env, ...commandEnvironment(url) };
  const began = performance.now();
  const args = [COMMAND, "--out", "profiles.duckdb", "--quiet", ...flags];
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`The export ended with ${code}`);
  return (performance.now() - began) / 1000;
}
