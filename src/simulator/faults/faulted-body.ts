import type { BodyEnding } from "../requests/body-stream.ts";
import type { Fault } from "./fault.ts";

type Chunks = Iterator<Uint8Array<ArrayBuffer>, void> & Iterable<Uint8Array<ArrayBuffer>, void>;

/** A body and its end as a fault leaves them; faults of other kinds leave it alone. */
export function faultedBody(
  chunks: Chunks,
  fault: Fault | undefined,
): { readonly chunks: Iterator<Uint8Array<ArrayBuffer>, void>; readonly ending: BodyEnding } {
  if (fault?.kind === "cut") return { chunks: beginOf(chunks, fault.after), ending: fault.ending ?? "reset" };
  if (fault?.kind === "stall") return { chunks: beginOf(chunks, fault.after), ending: "silence" };
  return { chunks, ending: "close" };
}

/** The first bytes, or the first part where `after` is below 1; never all of it. */
function* beginOf(chunks: Chunks, after = 0.5): Generator<Uint8Array<ArrayBuffer>, void> {
  const body = [...chunks];
  const length = body.reduce((sum, chunk) => sum + chunk.length, 0);
  let left = Math.min(length - 1, after < 1 ? Math.floor(length * after) : after);
  for (const chunk of body) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}
