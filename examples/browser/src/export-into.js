import { ndjson, normalizeProfiles, profilePages } from "engage-export";
import { duckdbWasmSink } from "engage-export/duckdb-wasm";

/** Opens the table `profiles` for an export. */
export function openSink({ db }, onWarning) {
  return duckdbWasmSink({ db, table: "profiles", onFailedPage: "skip", onWarning });
}

/**
 * Exports into a sink, and into NDJSON on the way.
 *
 * @param options what `profilePages()` takes, and `onPage`, which hears of each page
 */
export async function exportInto(sink, { onPage, ...options }) {
  const lines = ndjson({ onFailedPage: "skip" });
  const blob = new Response(lines.readable).blob();
  const writer = lines.writable.getWriter();
  const copy = new TransformStream({
    async transform(page, controller) {
      await writer.write(page);
      controller.enqueue(page);
      onPage(page);
    },
    flush: () => writer.close(),
  });
  try {
    await profilePages(options).pipeThrough(normalizeProfiles()).pipeThrough(copy).pipeTo(sink);
    return { result: await sink.result, lines: await blob };
  } catch (error) {
    blob.catch(() => {});
    await writer.abort(error).catch(() => {});
    throw error;
  }
}
