import { gunzipSync } from "node:zlib";
import type { PartStore } from "../../src/files.ts";

/** A line of NDJSON. */
export interface ReadRow {
  readonly distinct_id: string | null;
  readonly last_seen: string | null;
  readonly properties: unknown;
}

/** The lines of all parts that `_export.json` names, in order. */
export async function rowsIn(store: PartStore): Promise<readonly ReadRow[]> {
  const rows: ReadRow[] = [];
  for (const { name } of JSON.parse(await textOf(store, "_export.json")).parts) {
    const lines = (await textOf(store, name)).trimEnd().split("\n");
    rows.push(...lines.map((line): ReadRow => JSON.parse(line)));
  }
  return rows;
}

async function textOf(store: PartStore, name: string): Promise<string> {
  const bytes = await store.get(name);
  if (bytes === undefined) throw new Error(`There is no ${name}`);
  return new TextDecoder().decode(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}
