import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engageSimulator } from "../../src/simulator.ts";
import { exportFrom, simulatorEnv } from "../helpers/cli-run.ts";
import { startPostgres } from "../helpers/postgres-server.ts";
import { startS3 } from "../helpers/s3-server.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { shellCommands } from "./guide.ts";

describe("the commands of docs/destinations.md", async () => {
  const postgres = await startPostgres();
  const commands = shellCommands();

  test("are found", () => expect(commands.length).toBeGreaterThanOrEqual(5));

  test.each(commands.map((args) => [args.join(" "), args] as const))("%s", async (_, args) => {
    const cwd = temporaryDirectory();
    const { options: s3 } = await startS3();
    const simulator = engageSimulator({ profiles: 250, pageSize: 50 });
    const env = {
      ...simulatorEnv(simulator),
      AWS_ENDPOINT_URL: s3.endpoint ?? "",
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
    const here = args.map((word) => (word.startsWith("postgres://") ? postgres.url() : word));
    const { code, stdout, stderr } = await exportFrom(simulator, here, { cwd, env });
    expect([code, JSON.parse(stdout)], stderr).toMatchObject([0, { total_rows: 250, complete: true }]);
    if (args.includes("parts/")) expect(readdirSync(join(cwd, "parts"))).toContain("_export.json");
  });
});
