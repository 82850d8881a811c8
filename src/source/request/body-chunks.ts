import type { EngageFetchResponse } from "./engage-fetch.ts";

/** A body that is being read. */
export interface BodyChunks {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>;
  /** Ends the body, and a `next()` under way with it. */
  cancel(): void;
}

interface NodeStream extends AsyncIterable<Uint8Array> {
  destroy?(): void;
}

/** The body of a response, whichever `fetch` it came from. */
export function bodyChunks(response: EngageFetchResponse): BodyChunks {
  const { body } = response;
  if (body === null) return { next: async () => ({ done: true }), cancel: () => {} };
  if (isWebStream(body)) return webChunks(body);
  if (isNodeStream(body)) return nodeChunks(body);
  // Some polyfills have no streams.
  let isRead = false;
  return {
    async next() {
      if (isRead) return { done: true };
      isRead = true;
      return { value: new Uint8Array(await response.arrayBuffer()) };
    },
    cancel: () => {},
  };
}

function webChunks(body: ReadableStream<Uint8Array>): BodyChunks {
  const reader = body.getReader();
  return { next: () => reader.read(), cancel: () => void reader.cancel().catch(() => {}) };
}

function nodeChunks(body: NodeStream): BodyChunks {
  const chunks = body[Symbol.asyncIterator]();
  return { next: () => chunks.next(), cancel: () => body.destroy?.() };
}

function isWebStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof body === "object" && body !== null && "getReader" in body;
}

function isNodeStream(body: unknown): body is NodeStream {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
