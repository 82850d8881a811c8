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
  | "unfinished-export-dropped"
  /** Profiles that cannot be read were set aside. */
  | "invalid-profiles"
  /** A page names another session than page 0 did. */
  | "session-changed"
  /** `total` or `page_size` is no longer what page 0 said. */
  | "figures-changed"
  /** Fewer requests at a time, or more again; for those who want to know everything. */
  | "pace"
  /** An update fetches all profiles, since no complete export of its query is known. */
  | "full-export"
  /** The last export of all profiles is more than 30 days old. */
  | "old-full-export"
  /** A listener of the caller's threw. */
  | "listener-failed"
  /** Something of the user's could not be kept, or all is written but not as it should be. */
  | "table-changed";

/** Hears of warnings; without one the library prints nothing. */
export type OnWarning = (warning: EngageWarning) => void;

/** A listener whose own errors are printed, since the outcome of an export is not theirs to change. */
export function guarded<Arguments extends readonly unknown[]>(
  listener: ((...args: Arguments) => void) | undefined,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      listener?.(...args);
    } catch (error) {
      // biome-ignore lint/suspicious/noConsole: there is nobody else to tell.
      console.error(error);
    }
  };
}
