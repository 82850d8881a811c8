import { optionError } from "../../option.ts";
import { whenAborted } from "../../when-aborted.ts";
import type { AttemptDeadline } from "./attempt-deadline.ts";
import { bodyChunks } from "./body-chunks.ts";
import type { EngageFetchResponse } from "./engage-fetch.ts";

// An error says what it has to say in its first lines, and at once.
const LONGEST_REFUSAL = 64 * 1024;
const REFUSAL_PATIENCE = 3_000;

/** The body of a page, or undefined once it is larger than `limit` bytes. */
export async function readPage(
  response: EngageFetchResponse,
  limit: number,
  deadline: AttemptDeadline,
): Promise<Uint8Array | undefined> {
  const { chunks, length } = await readChunks(response, limit, deadline);
  return length > limit ? undefined : joined(chunks, length);
}

/** The beginning of an error's body, as far as it comes soon. */
export async function readRefusal(response: EngageFetchResponse, deadline: AttemptDeadline): Promise<Uint8Array> {
  const { chunks, length } = await readChunks(response, LONGEST_REFUSAL, deadline, REFUSAL_PATIENCE);
  return joined(chunks, length).subarray(0, LONGEST_REFUSAL);
}

/** Reads until the end, until more than `limit` bytes came, or until `patience` is over. */
async function readChunks(
  response: EngageFetchResponse,
  limit: number,
  deadline: AttemptDeadline,
  patience?: number,
): Promise<{ readonly chunks: readonly Uint8Array[]; readonly length: number }> {
  const body = bodyChunks(response);
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    body.cancel();
  };
  // Not every `fetch` ends the body when the request's signal fires.
  const stopListening = whenAborted(deadline.signal, cut);
  const timer = patience === undefined ? undefined : setTimeout(cut, patience);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (!isCut) {
      const { done, value } = await body.next();
      if (done || value === undefined) break;
      if (!ArrayBuffer.isView(value))
        throw optionError("fetch pages", "fetch", "must give a response whose body is bytes");
      deadline.byteArrived();
      chunks.push(value);
      length += value.length;
      if (length > limit) cut();
    }
  } catch (error) {
    // What a 400 means only its text tells; the other statuses say it all.
    if (response.ok || (response.status === 400 && !isCut)) throw error;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
  return { chunks, length };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
