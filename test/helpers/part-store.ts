import { gunzipSync } from "node:zlib";
import type { PartStore } from "../../src/files.ts";

/** A store in memory that fails when it is told to. */
export class MemoryStore implements PartStore {
  readonly name = "memory";
  /** Where the rows of columns collect; none unless given. */
  readonly workingDirectory: string | undefined;
  readonly files = new Map<string, Uint8Array>();
  /** Changes so far: puts and deletions. */
  changes = 0;
  /** From this change on nothing works any more, as after a kill. */
  killedAt = Number.POSITIVE_INFINITY;
  /** Whether the change at which it is killed is made all the same. */
  killedAfter = false;

  constructor(workingDirectory?: string) {
    this.workingDirectory = workingDirectory;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#change(() => this.files.set(name, bytes.slice()));
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    this.#live();
    return this.files.get(name);
  }

  async list(): Promise<readonly string[]> {
    this.#live();
    return [...this.files.keys()];
  }

  async delete(name: string): Promise<void> {
    this.#change(() => this.files.delete(name));
  }

  /** As the next process finds it. */
  revived(): MemoryStore {
    const store = new MemoryStore(this.workingDirectory);
    for (const [name, bytes] of this.files) store.files.set(name, bytes);
    return store;
  }

  json(name: string) {
    const bytes = this.files.get(name);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }

  get parts(): readonly string[] {
    return [...this.files.keys()].filter((name) => name.startsWith("part-")).sort();
  }

  /** The ids that a reader of `_export.json` finds, in order; undefined if there is none. Fails where a part is not as it says. */
  get ids(): readonly string[] | undefined {
    const mark: { parts: { name: string; rows: number; bytes: number }[] } | undefined = this.json("_export.json");
    return mark?.parts.flatMap(({ name, rows, bytes }) => {
      const part = this.files.get(name);
      if (part?.length !== bytes) throw new Error(`${name} is not what _export.json says`);
      const text = new TextDecoder().decode(name.endsWith(".gz") ? gunzipSync(part) : part);
      const lines = text.split("\n").filter((line) => line !== "");
      if (lines.length !== rows) throw new Error(`${name} has other rows than _export.json says`);
      return lines.map((line): string => JSON.parse(line).distinct_id);
    });
  }

  #live(): void {
    if (this.changes >= this.killedAt) throw new Error("killed");
  }

  #change(make: () => void): void {
    const isKilled = this.changes++ >= this.killedAt;
    if (!isKilled || (this.killedAfter && this.changes - 1 === this.killedAt)) make();
    if (isKilled) throw new Error("killed");
  }
}
