import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { FILE_FORMATS, FORMATS, type Format } from "../../src/cli/output/formats.ts";
import { exportProfiles, normalizeProfiles, profilePages } from "../../src/index.ts";
import { engageSimulator, type FaultRule } from "../../src/simulator.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { idList } from "./id-list.ts";
import { idsFormat } from "./ids-format.ts";

// As an entry of the table is there: before the command reads it.
for (const table of [FORMATS, FILE_FORMATS]) (table as Format[]).push(idsFormat);
const { exportFrom, run } = await import("../helpers/cli-run.ts");

const root = resolve(import.meta.dirname, "../..");

function exporting(faults: readonly FaultRule[] = []) {
  const simulator = engageSimulator({ profiles: 250, pageSize: 100, faults });
  const { projectId, serviceAccount } = simulator;
  return { projectId, serviceAccount, fetch: simulator, maxRetries: 0 };
}

describe("the format of CONTRIBUTING.md", () => {
  test.each(["id-list.ts", "ids-format.ts"])("is the one that runs here: %s", (name) => {
    const guide = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
    expect(guide).toContain(`\`\`\`ts\n${readFileSync(join(import.meta.dirname, name), "utf8")}\`\`\``);
  });

  test("writes every profile and counts it", async () => {
    const path = join(temporaryDirectory(), "ids.txt");
    const sink = idList(path);
    await profilePages(exporting()).pipeThrough(normalizeProfiles()).pipeTo(sink);
    expect((await sink.result).toJSON()).toMatchObject({ total_rows: 250, missing: 0, complete: true });
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(250);
  });

  test("writes every other page when one fails, and says so", async () => {
    const path = join(temporaryDirectory(), "ids.txt");
    const faults: FaultRule[] = [{ page: 1, fault: { kind: "reset" } }];
    const pipe = profilePages(exporting(faults)).pipeThrough(normalizeProfiles()).pipeTo(idList(path));
    await expect(pipe).rejects.toMatchObject({
      code: "incomplete",
      result: { totalRows: 150, failedPageIndices: [1] },
    });
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(150);
  });

  test("starts over in another session", async () => {
    const path = join(temporaryDirectory(), "ids.txt");
    const faults: FaultRule[] = [{ page: 2, fault: { kind: "lost-session" } }];
    const result = await exportProfiles({ ...exporting(faults), sink: idList(path) });
    expect(result.complete).toBe(true);
    expect(new Set(readFileSync(path, "utf8").trimEnd().split("\n")).size).toBe(250);
  });

  test("is one that the command takes, by its ending and by its name", async () => {
    const cwd = temporaryDirectory();
    const simulator = engageSimulator({ profiles: 250, pageSize: 100 });
    const outcome = await exportFrom(simulator, ["--out", "profiles.ids"], { cwd });
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining("written to") });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ total_rows: 250, complete: true });
    const again = await exportFrom(simulator, ["--out", "profiles.ids", "--format", "ids"], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("use --replace") });
    expect((await run(["--help"])).stderr + (await run(["--help"])).stdout).toMatch(/\.ids[\s\S]*\|ids/);
  });
});
