import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { type ExportSink, exportSink, type SinkOptions } from "../../src/export/export-sink.ts";

/** A line with the id of each profile. */
export function idList(path: string, options: SinkOptions = {}): ExportSink {
  const part = `${path}.part`;
  return exportSink(
    {
      // No table, and an id that comes twice stays twice.
      target: { table: null, keyed: false },
      begin: () => writeFile(part, ""),
      // Another session begins: what this export wrote goes.
      restart: () => writeFile(part, ""),
      async write(pages) {
        const rows = pages.flatMap((page) => (page.status === "loaded" ? page.rows : []));
        await appendFile(part, rows.map(({ distinctId }) => `${distinctId}\n`).join(""));
      },
      publish: () => rename(part, path),
      leave: () => rm(part, { force: true }),
    },
    options,
  );
}
