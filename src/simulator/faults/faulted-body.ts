import type { BodyEnding } from "../requests/body-stream.ts";
import { nextTurn, wait } from "../wait.ts";
import type { Fault } from "./fault.ts";

type Chunk = Uint8Array<ArrayBuffer>;
type Chunks = Iterator<Chunk, void> & Iterable<Chunk, void>;

// About 1 MB.
const CHUNKS_PER_TURN = 16;
const DEFAULT_INTERVAL = 1_000;

/** Bytes as they leave, and how they end. */
export interface FaultedBody {
  readonly chunks: Iterator<Chunk, void>;
  readonly ending: BodyEnding;
  /** Awaited between two chunks. */
  readonly pause?: (signal: AbortSignal) => Promise<void> | undefined;
}

/** A body and its end as a fault leaves them; faults of other kinds leave it alone. */
export function faultedBody(chunks: Chunks, fault: Fault | undefined): FaultedBody {
  switch (fault?.kind) {
    case "cut":
      return { chunks: beginOf(chunks, fault.after), ending: fault.ending ?? "reset" };
    case "stall":
      return { chunks: beginOf(chunks, fault.after), ending: "silence" };
    case "drip":
      return {
        chunks: singleBytes(chunks),
        ending: "close",
        pause: (signal) => wait(fault.interval ?? DEFAULT_INTERVAL, signal),
      };
    case "endless":
    case "gzip-bomb":
      return { chunks, ending: "close", pause: nowAndThen(nextTurn) };
    default:
      return { chunks, ending: "close" };
  }
}

/** An error's text, and white space after it that never ends. */
export function* drippingError(json: string): Generator<Chunk, void> {
  yield new TextEncoder().encode(json);
  for (;;) yield new TextEncoder().encode(" ");
}

/** The first bytes, or the first part if `after` is below 1; never all of it. */
function* beginOf(chunks: Chunks, after = 0.5): Generator<Chunk, void> {
  const body = [...chunks];
  const length = body.reduce((sum, chunk) => sum + chunk.length, 0);
  let left = Math.min(length - 1, after < 1 ? Math.floor(length * after) : after);
  for (const chunk of body) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

function* singleBytes(chunks: Chunks): Generator<Chunk, void> {
  for (const chunk of chunks) for (const byte of chunk) yield Uint8Array.of(byte);
}

/** Between chunks that are there at once nothing else would ever run: no timer, and no abort. */
function nowAndThen(turn: () => Promise<void>): () => Promise<void> | undefined {
  let chunks = 0;
  return () => {
    chunks += 1;
    return chunks % CHUNKS_PER_TURN === 0 ? turn() : undefined;
  };
}
