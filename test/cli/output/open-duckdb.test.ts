import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { queryFile, rowsOf } from "../../helpers/database.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const simulated = () => engageSimulator({ profiles: 100, pageSize: 50 });

describe("openDuckDB", () => {
  test("--columns makes a second table with a column for each property, which a later export renews", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "people.duckdb", "--table", "people"];
    const pinned = ["--output-properties", "plan", "--output-properties", "$email"];
    const first = await exportFrom(simulated(), [...args, "--columns", "--column-names", "plain", ...pinned], { cwd });
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("tables people and people_columns, in") });
    const path = join(cwd, "people.duckdb");
    const [, , ...columns] = await queryFile(path, "DESCRIBE people_columns");
    expect(columns.map(({ column_name }) => column_name)).toEqual(["plan", "email"]);
    expect((await exportFrom(simulated(), [...args, "--replace"], { cwd })).code).toBe(0);
    const [counted] = await queryFile(
      path,
      "SELECT count(*)::INT AS n, count(email) > 0 AS emails FROM people_columns",
    );
    expect(counted).toEqual({ n: 100, emails: true });
  });

  test("a table of that name that is not the export's own ends with 2 before anything is requested", async () => {
    const cwd = temporaryDirectory();
    const path = join(cwd, "people.duckdb");
    await rowsOf(path, "CREATE TABLE profiles_columns AS SELECT 1 AS mine");
    const simulator = simulated();
    const refused = await exportFrom(simulator, ["--out", "people.duckdb", "--columns"], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("profiles_columns") });
    expect(simulator.requestCount).toBe(0);
  });

  test("an export is resumed with the same --columns", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "people.duckdb", "--columns"];
    expect((await exportFrom(simulated(), args, { cwd })).code).toBe(0);
    const other = await exportFrom(simulated(), [...args, "--max-columns", "2", "--resume"], { cwd });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("made with another --columns;") });
    expect(await exportFrom(simulated(), [...args, "--resume"], { cwd })).toMatchObject({ code: 0 });
  });
});
