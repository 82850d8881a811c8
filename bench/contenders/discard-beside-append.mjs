// A floor for DuckDB in one process: pages are received and dropped while others, which lie ready as bytes, are appended,
// marked and committed. Nothing stands between the two: no scan, no columns to lay out, no page that waits for its turn.
await Promise.all([import("./discard.mjs"), import("./append.mjs")]);
