/** Something that went as it should not, though the export goes on. */
export interface EngageWarning {
  readonly code: EngageWarningCode;
  /** One sentence for a person. */
  readonly message: string;
  /** When the wait ends, for `waiting`: milliseconds since the epoch. */
  readonly until?: number;
}

export type EngageWarningCode =
  | "concurrency-capped"
  | "many-pages"
  | "waiting"
  | "session-restarted"
  | "difference"
  | "profiles-without-id"
  | "surrogates-replaced"
  | "unfinished-export-dropped";

/** Hears of warnings; without one the library prints nothing. */
export type OnWarning = (warning: EngageWarning) => void;
