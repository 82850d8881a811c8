import type { ExportSink, FileMode, SinkSettings } from "../../export/export-sink.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import type { PartSettings } from "./part-records.ts";
import type { PartStore } from "./part-store.ts";

/** Parts with a column for each property, which `parquetParts()` and `csvParts()` of `engage-export/duckdb` make. */
export interface ColumnParts {
  readonly name: "parquet" | "csv";
  readonly gzip: boolean;
  /** What shapes the columns. */
  readonly shape: OutputShape;
  /** Opens a sink for such parts: `partFiles()` calls it. */
  open(parts: PartsToOpen): Promise<ExportSink>;
}

/** A store that is open, and what is to become of it. */
export interface PartsToOpen {
  readonly store: PartStore;
  readonly settings: PartSettings;
  readonly mode: FileMode | "resume";
  readonly fresh: FileMode;
  readonly sinkSettings: SinkSettings;
}
