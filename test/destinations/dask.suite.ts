import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { directoryStore, partFiles } from "../../src/files.ts";
import { engageSimulator } from "../../src/simulator.ts";
import { exportFrom } from "../helpers/served-profiles.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { commandFor } from "./guide.ts";
import { rowsIn } from "./rows-in.ts";

const run = promisify(execFile);

/** Exports into `parts/` of a directory; runs the guide's command there. */
async function exported(profiles: number, profilesPerFile: number) {
  const cwd = temporaryDirectory();
  const path = join(cwd, "parts");
  const simulator = engageSimulator({ profiles, hourlyQueries: Number.POSITIVE_INFINITY });
  await exportFrom(simulator, await partFiles({ path, profilesPerFile }));
  const read = async (wanted: "count" | "rows"): Promise<string> => {
    const script = join(import.meta.dirname, "dask_parts.py");
    const args = [script, commandFor("Dask"), wanted];
    return (await run(process.env.PYTHON ?? "", args, { cwd, maxBuffer: 2 ** 30 })).stdout.trimEnd();
  };
  return { path, read };
}

describe("Dask, from a directory", () => {
  test("reads every row by the guide's command", async () => {
    const { path, read } = await exported(3_000, 1_000);
    const rows = (await read("rows")).split("\n").map((line) => JSON.parse(line));
    const byId = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    const sent = await rowsIn(directoryStore(path));
    expect(rows.toSorted(byId)).toEqual(sent.toSorted(byId));
  });

  test("counts a million profiles", async () => {
    const { read } = await exported(1_000_000, 100_000);
    expect(Number(await read("count"))).toBe(1_000_000);
  }, 300_000);
});
