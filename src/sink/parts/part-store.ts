/**
 * A place that holds files by name: a directory, an object store, or one of your own. Every name is plain: letters, digits, `-`, `_`
 * and `.`. What goes wrong is told by rejecting; an error of another kind than `EngageError` is put in words with `name`.
 *
 * @example
 * ```ts
 * const files = new Map();
 * const store = {
 *   name: "memory",
 *   put: async (name, bytes) => void files.set(name, bytes),
 *   get: async (name) => files.get(name),
 *   list: async () => [...files.keys()],
 *   delete: async (name) => void files.delete(name),
 * };
 * const sink = await partFiles({ store });
 * ```
 */
export interface PartStore {
  /** Where it is, for messages; it must hold no secret. */
  readonly name: string;
  /** Puts a file in place, whole or not at all, also over one of that name; resolves when it will outlive a crash. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Undefined if there is no such file. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** The names of all that is there, also of what no export has made. */
  list(): Promise<readonly string[]>;
  /** Removes a file; one that is not there is no error. */
  delete(name: string): Promise<void>;
  /** A local directory in which the rows of Parquet and CSV parts may collect; the current directory if it is absent. */
  readonly workingDirectory?: string | undefined;
  /** Called once before anything else: makes ready, and keeps other writers away if it can. */
  open?(): Promise<void>;
  /** Called once at the end. */
  close?(): Promise<void>;
}
