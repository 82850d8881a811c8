import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * The test files that start a Postgres server, by themselves or by a helper; those of the sink alone if the machine has a server of
 * its own, with which `npm test` runs all of them.
 */
export async function postgresTests() {
  if (existsSync("/usr/lib/postgresql")) return ["test/sink/postgres"];
  const names = (await readdir("test", { recursive: true })).filter((name) => name.endsWith(".ts"));
  const files = await Promise.all(
    names.map(async (name) => ({ path: join("test", name), text: await readFile(join("test", name), "utf8") })),
  );
  const importing = (helper) => files.filter(({ text }) => text.includes(`/${helper}"`));
  const direct = importing("postgres-server.ts");
  const helpers = direct.filter(({ path }) => path.startsWith("test/helpers/"));
  const all = [...direct, ...helpers.flatMap(({ path }) => importing(basename(path)))];
  return [...new Set(all.map(({ path }) => path))].filter((path) => path.endsWith(".test.ts"));
}
