import { SLICES, SLICES_PER_PROFILE } from "../../page/page-slices.ts";
import { scanProfilesBase64 } from "./scan-profiles.ts";

/** What scan-profiles.wat exports. */
interface ScanExports {
  readonly memory: WebAssembly.Memory;
  scanProfiles(at: number, origin: number): number;
}

interface SharedScanner {
  readonly exports: ScanExports;
  readonly memory: Uint8Array;
  readonly records: Uint32Array;
  /** Whose bytes are in the memory: a number, since the scanner itself would keep its page alive. */
  holder: number;
}

// Where scan-profiles.wat has them in its memory, and how much it may read behind the text.
const RECORDS_AT = 1024;
const TEXT_AT = 65_536;
const BEHIND = 17;
/** A profile up to this length is in the memory as a whole; a longer one may not be. */
const AHEAD = 64 * 1024;

const NONE = new Uint32Array();

let shared: SharedScanner | null | undefined;
let holders = 0;

/**
 * Finds the profiles of one page in WebAssembly: half the time, and quick from the first page on. A profile with anything
 * wrong or rare in it is left to others, and so is every one if nothing may be compiled, as under a content security
 * policy without `wasm-unsafe-eval`.
 */
export class QuickScanner {
  /** Where the last of the profiles ends that were found last. */
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #holder = ++holders;
  /** What of the bytes is in the memory, while this is its holder. */
  #heldFrom = 0;
  #heldTo = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Finds profiles from the one at `at` on, with a comma between them: the offsets of each as in `PageSlices`, valid until
   * the next call. Empty if the first is left to others; there may be more than are found.
   */
  profiles(at: number): Uint32Array {
    if (shared === undefined) shared = createScanner();
    if (shared === null) return NONE;
    if (shared.holder !== this.#holder || !this.#isHeld(at)) this.#hold(at, shared);
    const { exports, records } = shared;
    const origin = TEXT_AT - this.#heldFrom;
    const found = (exports.scanProfiles(at + origin, origin) - RECORDS_AT) / records.BYTES_PER_ELEMENT;
    this.end = records[found - SLICES_PER_PROFILE + SLICES.profile + 1] ?? 0;
    return records.subarray(0, found);
  }

  #isHeld(at: number): boolean {
    return at >= this.#heldFrom && (at + AHEAD <= this.#heldTo || this.#heldTo === this.#bytes.length);
  }

  #hold(at: number, scanner: SharedScanner): void {
    const { memory } = scanner;
    this.#heldFrom = at;
    this.#heldTo = Math.min(this.#bytes.length, at + memory.length - TEXT_AT - BEHIND);
    memory.set(this.#bytes.subarray(at, this.#heldTo), TEXT_AT);
    memory[TEXT_AT + this.#heldTo - at] = 0;
    scanner.holder = this.#holder;
  }
}

function createScanner(): SharedScanner | null {
  try {
    const bytes = Uint8Array.from(atob(scanProfilesBase64), (character) => character.charCodeAt(0));
    const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as ScanExports;
    const { buffer } = exports.memory;
    return { exports, memory: new Uint8Array(buffer), records: new Uint32Array(buffer, RECORDS_AT), holder: 0 };
  } catch {
    return null;
  }
}
