import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { type EngageSimulator, engageSimulator } from "../src/simulator.ts";
import { queryFile } from "./helpers/database.ts";
import { installCommand } from "./helpers/installed-command.ts";
import { temporaryDirectory } from "./helpers/temporary-directory.ts";

// The blocks of docs/recipes.md run as they stand there, with the simulated API in Mixpanel's place.
const run = promisify(execFile);
const recipes = readFileSync(resolve(import.meta.dirname, "../docs/recipes.md"), "utf8");

/** The blocks of a language under a heading. */
function blocks(heading: string, language: string): readonly string[] {
  const [section = ""] = recipes.split(`\n## ${heading}\n`)[1]?.split("\n## ") ?? [];
  const found = [...section.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, code]) => code ?? "",
  );
  expect(found, `${language} of "${heading}"`).not.toEqual([]);
  return found;
}

/** A folder with the command, and an account that a simulator knows. */
async function folderFor(simulator: EngageSimulator) {
  const cwd = temporaryDirectory();
  const bin = installCommand(cwd);
  const server = await serveSimulator(simulator, { port: 0 });
  const { username, secret } = simulator.serviceAccount;
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: cwd,
    PROFILES_DIR: cwd,
    MP_PROJECT_ID: simulator.projectId,
    MP_USERNAME: username,
    MP_SECRET: secret,
    MP_API_BASE_URL: server.url,
  };
  return {
    cwd,
    sh: (script: string) => run("sh", ["-c", script], { cwd, env }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function ask(cwd: string, sql: string): Promise<readonly unknown[]> {
  const instance = await DuckDBInstance.create();
  try {
    const connection = await instance.connect();
    await connection.run(`SET file_search_path = '${cwd}'`);
    return (await connection.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    instance.closeSync();
  }
}

describe("docs/recipes.md", () => {
  test("the nightly script replaces the file, says nothing, and mends a night with a page that failed", async () => {
    const simulator = engageSimulator({
      profiles: 300,
      pageSize: 100,
      faults: [{ page: 1, times: 1, fault: { kind: "response", status: 400 } }],
    });
    await using folder = await folderFor(simulator);
    const [script = ""] = blocks("A fresh file every night", "sh");
    await expect(folder.sh(script)).rejects.toMatchObject({ code: 1 });
    expect(await folder.sh(script)).toMatchObject({ stderr: "" });
    await folder.sh(script);
    const [count] = await ask(folder.cwd, "SELECT count(*)::INTEGER AS profiles FROM 'profiles.parquet'");
    expect(count).toEqual({ profiles: 300 });
  });

  test("the step on GitHub Actions fetches the pages that were missing", async () => {
    const faults = [{ page: 1, times: 1, fault: { kind: "response", status: 400 } }] as const;
    await using folder = await folderFor(engageSimulator({ profiles: 300, pageSize: 100, faults }));
    const [workflow = ""] = blocks("On GitHub Actions", "yaml");
    const [, step = ""] = /- run: (.*)/.exec(workflow) ?? [];
    await folder.sh(step);
    const [count] = await ask(folder.cwd, "SELECT count(*)::INTEGER AS profiles FROM 'profiles.parquet'");
    expect(count).toEqual({ profiles: 300 });
  });

  test("the crontab keeps a table fresh: what changed by the hour, all of it by the week", async () => {
    const simulator = engageSimulator({ profiles: 300 });
    await using folder = await folderFor(simulator);
    const [crontab = ""] = blocks("A table that stays fresh", "");
    const [hourly = "", , weekly = ""] = [...crontab.matchAll(/engage-export .*/g)].map(([line]) =>
      line.replace("/data/", ""),
    );
    const rows = () => queryFile(`${folder.cwd}/profiles.duckdb`, "SELECT count(*)::INTEGER AS rows FROM profiles");
    await folder.sh(hourly);
    simulator.change({ changed: 20, deleted: 3, added: 5 });
    expect(await folder.sh(hourly)).toMatchObject({ stderr: "", stdout: expect.stringContaining('"new_profiles":5') });
    expect(await rows()).toEqual([{ rows: 305 }]);
    await folder.sh(weekly);
    expect(await rows()).toEqual([{ rows: 302 }]);
    expect(await folder.sh(hourly)).toMatchObject({ stdout: expect.stringContaining('"new_profiles":0') });
  });

  test("the query tells which profiles were added, changed and deleted", async () => {
    const simulator = engageSimulator({ profiles: 300 });
    await using folder = await folderFor(simulator);
    const [exports = ""] = blocks("What changed between two exports", "sh");
    const [monday = "", tuesday = ""] = exports.trim().split("\n");
    await folder.sh(monday);
    simulator.change({ changed: 20, deleted: 3, added: 5 });
    await folder.sh(tuesday);
    const [sql = ""] = blocks("What changed between two exports", "sql");
    const rows = (await ask(folder.cwd, sql.replaceAll("ATTACH '", `ATTACH '${folder.cwd}/`))) as { change: string }[];
    const countOf = (wanted: string): number => rows.filter(({ change }) => change === wanted).length;
    expect(["added", "changed", "deleted"].map(countOf)).toEqual([5, 20, 3]);
  });
});
