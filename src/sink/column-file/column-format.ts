import type { FinishedTally, SavedTally } from "../../export/export-tally.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import type { ChosenColumns } from "../derived/choose-columns.ts";
import type { TableEngine } from "../table/table-engine.ts";

/** A format of files with a column for each property. */
export interface ColumnFormat {
  /** As a person says it: `a Parquet file`. */
  readonly title: string;
  /** Writes all rows into the file at `path`, which is empty. */
  write(engine: TableEngine, content: ColumnContent, path: string): Promise<void>;
  /** What the file itself tells of its export; undefined if it is not a file of this package. Absent if such files tell nothing. */
  read?(path: string): Promise<FileRecord | undefined>;
}

/** What a file is to hold. */
export interface ColumnContent {
  /** A SELECT whose columns any file can hold. */
  readonly sql: string;
  readonly chosen: ChosenColumns;
  readonly record: FileRecord;
}

/** What a file tells of its export. */
export interface FileRecord {
  readonly at: Date;
  readonly saved: SavedTally & Partial<FinishedTally>;
  readonly shape: OutputShape;
}
