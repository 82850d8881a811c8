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

/** Runs the guide's command in a directory that has `parts/`. */
async function read(cwd: string, wanted: "count" | "rows"): Promise<string> {
  const args = [join(import.meta.dirname, "dask_parts.py"), commandFor("Dask"), wanted];
  return (await run(process.env.PYTHON ?? "", args, { cwd, maxBuffer: 2 ** 30 })).stdout.trimEnd();
}

describe("Dask, from a directory", () => {
  test("reads every row by the guide's command", async () => {
    const cwd = temporaryDirectory();
    const path = join(cwd, "parts");
    const simulator = engageSimulator({ profiles: 3_000, hourlyQueries: Number.POSITIVE_INFINITY });
    await exportFrom(simulator, await partFiles({ path, profilesPerFile: 1_000 }));
    const rows = (await read(cwd, "rows")).split("\n").map((line) => JSON.parse(line));
    const byId = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    const sent = await rowsIn(directoryStore(path));
    expect(rows.toSorted(byId)).toEqual(sent.toSorted(byId));
  });

  test("counts a million profiles", async () => {
    expect(Number(await read(process.env.MILLION ?? "", "count"))).toBe(1_000_000);
  }, 300_000);
});
