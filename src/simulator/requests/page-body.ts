import { RESULTS, type SimulatedPage } from "./simulated-page.ts";

// Large enough to cost little per chunk, small enough to leave the event loop its turn.
const CHUNK_BYTES = 65_536;

/** The page as UTF-8, chunk by chunk, generated on the way. */
export function* pageBody(page: SimulatedPage): Generator<Uint8Array<ArrayBuffer>, void> {
  const encoder = new TextEncoder();
  let chunk = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for (const piece of pagePieces(page)) {
    // A UTF-16 unit takes at most 3 bytes.
    const most = typeof piece === "string" ? piece.length * 3 : piece.length;
    if (used > 0 && used + most > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = new Uint8Array(Math.max(CHUNK_BYTES, most));
      used = 0;
    } else if (most > chunk.length) chunk = new Uint8Array(most);
    if (typeof piece === "string") {
      used += encoder.encodeInto(piece, used === 0 ? chunk : chunk.subarray(used)).written;
    } else {
      chunk.set(piece, used);
      used += piece.length;
    }
  }
  yield chunk.subarray(0, used);
}

function* pagePieces(page: SimulatedPage): Generator<string | Uint8Array, void> {
  let separator = "{";
  for (const [name, value] of Object.entries(page.members)) {
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ",";
    if (value === RESULTS) yield* resultPieces(page);
    else yield JSON.stringify(value);
  }
  yield separator === "{" ? "{}" : "}";
}

function* resultPieces({ profiles, begin, end, write, filler }: SimulatedPage): Generator<string | Uint8Array, void> {
  yield "[";
  for (let index = begin; index < end; index += 1) {
    const json = profiles.json(index);
    const written = write === undefined ? json : write(json, index - begin);
    const comma = index === begin ? "" : ",";
    if (typeof written === "string") yield `${comma}${written}`;
    else {
      yield comma;
      yield written;
    }
  }
  if (filler !== undefined) yield* filler;
  yield "]";
}
