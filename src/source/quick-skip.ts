import { JsonByte } from "./json-byte.ts";
import base64 from "./skip-value.wat";

/** What skip-value.wat exports. */
interface SkipModule {
  readonly memory: WebAssembly.Memory;
  readonly keyAt: WebAssembly.Global;
  readonly valueAt: WebAssembly.Global;
  skipValue(at: number, keyLength: number): number;
}

interface Skipper {
  readonly module: SkipModule;
  readonly memory: Uint8Array;
  /** Whose bytes are in the memory, which all pages share. */
  holder: number;
}

// Where skip-value.wat looks for them in its memory, and how much can be read behind the text.
const KEY_AT = 1024;
const TEXT_AT = 2048;
const BEHIND = 17;
/** An object or list up to this length is in the memory as a whole; a longer one may not be. */
const AHEAD = 64 * 1024;

let skipper: Skipper | null | undefined;
let holders = 0;

/**
 * Steps over objects and lists of one page in WebAssembly: half the time, and quick from the first page on. What is wrong
 * or rare is left to `JsonScanner`, and all of it where nothing may be compiled, as under a content security policy
 * without `wasm-unsafe-eval`.
 */
export class QuickSkip {
  /** Where the member that is looked for begins in the last object, and where its value; 0 where there is none. */
  keyStart = 0;
  valueStart = 0;
  readonly #bytes: Uint8Array;
  readonly #key: Uint8Array;
  readonly #holder = ++holders;
  /** What of the bytes is in the memory, while this is its holder. */
  #start = 0;
  #end = 0;

  /** @param key quotes included; empty for none */
  constructor(bytes: Uint8Array, key: Uint8Array) {
    this.#bytes = bytes;
    this.#key = key;
  }

  /** Where the object or list at `at` ends; 0 where that is left to others. */
  end(at: number): number {
    const first = this.#bytes[at];
    if (first !== JsonByte.OpenObject && first !== JsonByte.OpenArray) return 0;
    if (skipper === undefined) skipper = createSkipper();
    if (skipper === null) return 0;
    if (skipper.holder !== this.#holder || !this.#isHeld(at)) this.#hold(at, skipper);
    const { module } = skipper;
    const offset = TEXT_AT - this.#start;
    const end = module.skipValue(at + offset, this.#key.length);
    const isFound = end > 0 && module.keyAt.value > 0;
    this.keyStart = isFound ? module.keyAt.value - offset : 0;
    this.valueStart = isFound ? module.valueAt.value - offset : 0;
    return end > 0 ? end - offset : 0;
  }

  #isHeld(at: number): boolean {
    return at >= this.#start && (at + AHEAD <= this.#end || (at < this.#end && this.#end === this.#bytes.length));
  }

  #hold(at: number, into: Skipper): void {
    const { memory } = into;
    this.#start = at;
    this.#end = Math.min(this.#bytes.length, at + memory.length - TEXT_AT - BEHIND);
    memory.set(this.#key, KEY_AT);
    memory.set(this.#bytes.subarray(at, this.#end), TEXT_AT);
    memory[TEXT_AT + this.#end - at] = 0;
    into.holder = this.#holder;
  }
}

function createSkipper(): Skipper | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const module = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as SkipModule;
    return { module, memory: new Uint8Array(module.memory.buffer), holder: 0 };
  } catch {
    return null;
  }
}
