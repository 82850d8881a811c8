import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { spawnCommand } from "../../helpers/cli-spawn.ts";
import { columnDifferences, type FoundColumns } from "../../helpers/column-values.ts";
import { rowsOf } from "../../helpers/database.ts";
import { projectPage } from "../../helpers/fake-engage.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES, type RawMembers } from "../../helpers/hostile-profiles.ts";
import { startServer } from "../../helpers/http-server.ts";
import { hasPython, readCsv } from "../../helpers/read-csv.ts";
import { readParquet } from "../../helpers/read-parquet.ts";
import { profileJson } from "../../helpers/served-profiles.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const TOTAL = 4_000;
const PAGE_SIZE = 400;

/** Properties whose values are all of one kind, and the type that must come of them, as a Parquet file has it. */
const KINDS: readonly (readonly [name: string, type: string, values: readonly string[]])[] = [
  ["whole", "BIGINT", ["0", "-1", "9007199254740992", "1234567890123456789"]],
  ["huge", "DECIMAL(38,0)", ["1", "9223372036854775808", "123456789012345678901234567890"]],
  ["endless", "VARCHAR", ["1", "9".repeat(39)]],
  ["number", "DOUBLE", ["1.0", "1E+2", "-0", "0.1", "7"]],
  ["exact", "VARCHAR", ["0.5", "9007199254740993"]],
  ["outsized", "VARCHAR", ["1e400", "1.5"]],
  ["flag", "BOOLEAN", ["true", "false"]],
  ["day", "DATE", ['"2024-02-29"', '"0001-01-01"']],
  ["almost a day", "VARCHAR", ['"2024-02-29"', '"2023-02-29"', '"2023-1-1"']],
  ["moment", "TIMESTAMP", ['"2024-02-29T23:59:59"', '"1969-12-31T00:00:00"']],
  ["almost a moment", "VARCHAR", ['"2024-02-29T23:59:59"', '"2024-02-29T24:00:00"', '"2024-02-29 23:59:59"']],
  ["nested", "VARCHAR", ["[1,2.0]", '{"a":[null]}', '"text"', "null"]],
  ["mixed", "VARCHAR", ["1", "true", '"x"', "null"]],
  ["nothing", "VARCHAR", ["null"]],
  ["$last_seen", "VARCHAR", ['"2024-02-30T00:00:00"', "null"]],
  // A lone surrogate has no UTF-8, and becomes U+FFFD.
  ["lone", "VARCHAR", ['"\\ud83d!"', '"\\udc00"', '"\\ud83d\\ude00"']],
  ["lone \ud800", "BIGINT", ["1"]],
];

const sent = Array.from({ length: TOTAL }, (_, index): RawMembers => {
  const hostile = Array.from({ length: 8 }, (_, nth) => {
    return [pick(HOSTILE_NAMES, index * 8 + nth), pick(HOSTILE_VALUES, index + nth * 5)] as const;
  });
  return [...hostile, ...KINDS.map(([name, , values]) => [name, pick(values, index)] as const)];
});

/** As tables and files can hold them. */
const profiles = sent.map((members) =>
  members.map(([name, json]) => [wellFormed(name), json.replace(/\\ud83d(?!\\)|\\udc00(?=")/g, "\\ufffd")] as const),
);

function wellFormed(name: string): string {
  return name.replace(/\p{Surrogate}/gu, "\ufffd");
}

function pick(list: readonly string[], index: number): string {
  return list[index % list.length] ?? "";
}

/** A server that holds the page it is told to, for ever. */
async function server(members: readonly RawMembers[] = sent) {
  let held: number | undefined;
  let whenReached = (): void => {};
  const texts = members.map(profileJson);
  const { baseUrl, requests } = await startServer(members.length, ({ page }, response) => {
    if (page === held) whenReached();
    else response.end(projectPage(page, members.length, PAGE_SIZE, (index) => texts[index] ?? ""));
    return true;
  });
  const run = (args: readonly string[], cwd: string) => {
    const env = { MP_PROJECT_ID: "1", MP_USERNAME: "reader", MP_SECRET: "secret", MP_API_BASE_URL: baseUrl };
    return spawnCommand([...args, "--no-progress"], { env, cwd });
  };
  return {
    requests,
    /** Runs the command to its end. */
    async finish(args: readonly string[], cwd: string) {
      held = undefined;
      const { code, stdout, stderr } = await run(args, cwd).ended;
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      return JSON.parse(stdout);
    },
    /** Runs the command until it asks for a page, and kills it. */
    async killAt(page: number, args: readonly string[], cwd: string) {
      const reached = new Promise<void>((resolve) => {
        whenReached = resolve;
      });
      held = page;
      const { child, ended } = run(args, cwd);
      await Promise.race([reached, ended]);
      child.kill("SIGKILL");
      expect((await ended).code).toBe(null);
    },
  };
}

type Read = (path: string, parquet: FoundColumns | undefined) => Promise<FoundColumns>;

/** How each output is asked for and read, and at which pages the command is killed. */
const OUTPUTS: readonly (readonly [name: string, flags: readonly string[], kills: readonly number[], read: Read])[] = [
  ["profiles.parquet", [], [0, 2, 4, 5, 6, 8], fromParquet],
  ...(hasPython ? [["profiles.csv", [], [7], fromCsv] as const] : []),
  ["profiles.duckdb", ["--columns"], [1, 3, 9], fromTable],
];

async function fromParquet(path: string): Promise<FoundColumns> {
  const { metadata, ...found } = await readParquet(path);
  return { ...found, properties: JSON.parse(metadata["engage-export.columns"] ?? "{}") };
}

/** A file of text tells neither types nor properties: they are those of the Parquet file. */
async function fromCsv(path: string, like: FoundColumns | undefined): Promise<FoundColumns> {
  const [columns = [], ...rows] = readCsv(readFileSync(path, "utf8"));
  return { types: like?.types ?? [], properties: like?.properties ?? {}, columns, rows };
}

async function fromTable(path: string, like?: FoundColumns): Promise<FoundColumns> {
  const described = await rowsOf(path, "SELECT column_name, column_type FROM (DESCRIBE profiles_columns)");
  const rows = await rowsOf(path, "SELECT COLUMNS(*)::VARCHAR FROM profiles_columns");
  const [columns, types] = [described.map(([name]) => String(name)), described.map(([, type]) => String(type))];
  return { columns, types, rows: rows as (string | null)[][], properties: like?.properties ?? {} };
}

/** As text, which is quick to compare, whatever the order of the rows. */
function inOrder({ columns, types, rows }: FoundColumns): string {
  return JSON.stringify({ columns, types, rows: [...rows].sort(([one], [other]) => Number(one) - Number(other)) });
}

describe("4,000 hostile profiles of a server", () => {
  const undisturbed = new Map<string, FoundColumns>();

  test("arrive in a Parquet file, a CSV file and a table with every value as it was sent", async () => {
    const cwd = temporaryDirectory();
    const { finish } = await server();
    for (const [name, flags, , read] of OUTPUTS) {
      expect(await finish(["--out", name, ...flags], cwd)).toMatchObject({ total_rows: TOTAL, complete: true });
      const found = await read(join(cwd, name), undisturbed.get("profiles.parquet"));
      undisturbed.set(name, found);
      expect(found.rows).toHaveLength(TOTAL);
      expect(columnDifferences(profiles, found, name.endsWith(".csv"))).toEqual([]);
    }
    const { columns = [], types = [], properties = {} } = undisturbed.get("profiles.parquet") ?? {};
    expect(columns).toHaveLength(2 + new Set(profiles.flat().map(([name]) => name)).size);
    const typeOf = new Map(columns.map((name, index) => [properties[name], types[index]]));
    expect(KINDS.map(([name]) => [name, typeOf.get(wellFormed(name))])).toEqual(
      KINDS.map(([name, type]) => [name, type]),
    );
    for (const found of undisturbed.values()) expect(found.columns).toEqual(columns);
  });

  test("are the same after the command was killed at ten pages and resumed", async () => {
    await Promise.all(
      OUTPUTS.map(async ([name, flags, kills, read]) => {
        const cwd = temporaryDirectory();
        const { requests, killAt, finish } = await server();
        const args = ["--out", name, ...flags, "--workers", "1", "--resume"];
        for (const page of kills) await killAt(page, args, cwd);
        expect(existsSync(join(cwd, name))).toBe(name.endsWith(".duckdb"));
        const before = requests.length;
        expect(await finish(args, cwd)).toMatchObject({ total_rows: TOTAL, complete: true });
        // The first of them were committed long before.
        expect(requests.length - before).toBeLessThan(TOTAL / PAGE_SIZE);
        const found = await read(join(cwd, name), undisturbed.get("profiles.parquet"));
        expect(inOrder(found) === inOrder(undisturbed.get(name) ?? found)).toBe(true);
        expect(readdirSync(cwd)).toEqual([name]);
      }),
    );
  });

  test("and others that are added, of another type, give the type that both together ask for", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "profiles.duckdb"];
    const typeOf = async () => {
      const { columns, types } = await fromTable(join(cwd, "profiles.duckdb"));
      return types[columns.indexOf("n")];
    };
    await (await server([[["n", "1"]], [["n", "2"]]])).finish([...args, "--columns"], cwd);
    expect(await typeOf()).toBe("BIGINT");
    const more = [[["n", "1"]], [["n", "2"]], [["n", "2.5"]], [["n", '"many"']]] as const;
    await (await server(more)).finish([...args, "--append"], cwd);
    expect(await typeOf()).toBe("VARCHAR");
    const { rows } = await fromTable(join(cwd, "profiles.duckdb"));
    expect(rows.map((row) => row.at(-1)).sort()).toEqual(["1", "2", "2.5", "many"]);
  });
});
