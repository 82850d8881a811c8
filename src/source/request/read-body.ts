import type { AttemptDeadline } from "./attempt-deadline.ts";

const REFUSAL_PATIENCE = 2_000;

/** Reads a body whole, or its first `limit` bytes; where the status says it all, as far as it comes within 2 s. */
export async function readBody(response: Response, limit: number, deadline: AttemptDeadline): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  // Not every `fetch` ends the body when the request's signal fires.
  const onAbort = (): void => void reader.cancel(deadline.signal.reason).catch(() => {});
  if (deadline.signal.aborted) onAbort();
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  // What a 400 means only its text tells.
  const isTextNeeded = response.ok || response.status === 400;
  const patience = isTextNeeded ? undefined : setTimeout(onAbort, REFUSAL_PATIENCE);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < limit) {
      const { done, value } = await reader.read();
      if (done) break;
      deadline.byteArrived();
      chunks.push(value);
      length += value.length;
    }
    if (length >= limit) onAbort();
  } catch (error) {
    if (isTextNeeded || deadline.signal.aborted) throw error;
  } finally {
    clearTimeout(patience);
    deadline.signal.removeEventListener("abort", onAbort);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
