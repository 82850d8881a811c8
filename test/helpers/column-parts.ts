import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { PartStore } from "../../src/files.ts";
import { readParquet } from "./read-parquet.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** A part with columns as a reader of its own finds it. */
export interface ReadColumnPart {
  readonly name: string;
  readonly columns: readonly string[];
  /** What must be the same in every part: the header of CSV; the columns, their types and properties in Parquet. */
  readonly schema: unknown;
  readonly ids: readonly (string | null | undefined)[];
}

/** The parts that `_export.json` names, in order. Fails where one is not as it says. Texts of CSV must hold no line breaks. */
export async function columnPartsIn(store: PartStore): Promise<readonly ReadColumnPart[]> {
  const mark = await store.get("_export.json");
  if (mark === undefined) throw new Error("There is no _export.json");
  const { parts } = JSON.parse(new TextDecoder().decode(mark)) as { parts: Listed[] };
  const read: ReadColumnPart[] = [];
  for (const { name, rows, bytes } of parts) {
    const content = await store.get(name);
    if (content?.length !== bytes) throw new Error(`${name} is not what _export.json says`);
    const part = await (name.endsWith(".parquet") ? parquetPart(name, content) : csvPart(name, content));
    if (part.ids.length !== rows) throw new Error(`${name} has other rows than _export.json says`);
    read.push(part);
  }
  return read;
}

interface Listed {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

async function parquetPart(name: string, content: Uint8Array): Promise<ReadColumnPart> {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  const { columns, types, rows, metadata } = await readParquet(path);
  const properties = metadata["engage-export.columns"];
  return { name, columns, schema: { columns, types, properties }, ids: rows.map(([id]) => id) };
}

function csvPart(name: string, content: Uint8Array): ReadColumnPart {
  const text = new TextDecoder().decode(name.endsWith(".gz") ? gunzipSync(content) : content);
  const [header = "", ...lines] = text.trimEnd().split("\r\n");
  return { name, columns: header.split(","), schema: header, ids: lines.map((line) => line.split(",")[0]) };
}
