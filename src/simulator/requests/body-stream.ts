import { ConnectionReset } from "../faults/connection-reset.ts";

/** How a body ends after its last chunk. */
export type BodyEnding = "close" | "reset" | "silence";

/**
 * Chunks as the body of a response, made when they are read. An abort errors it with the signal's reason; `onEnd` is
 * called once, together with the last chunk or when nobody wants the rest.
 */
export function bodyStream(
  chunks: Iterator<Uint8Array<ArrayBuffer>, void>,
  { ending, signal, onEnd }: { ending: BodyEnding; signal: AbortSignal; onEnd: () => void },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = chunks.next();
  let abort = () => {};
  const finish = () => {
    signal.removeEventListener("abort", abort);
    onEnd();
  };
  return new ReadableStream(
    {
      start(controller) {
        abort = () => {
          controller.error(signal.reason);
          finish();
        };
        if (signal.aborted) abort();
        signal.addEventListener("abort", abort);
      },
      pull(controller) {
        if (!next.done) {
          controller.enqueue(next.value);
          next = chunks.next();
          // Closed together with the last chunk: whoever has all bytes may send the next request.
          if (!next.done || ending !== "close") return;
        }
        if (ending === "silence") return;
        if (ending === "reset") controller.error(new ConnectionReset("body"));
        else controller.close();
        finish();
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}
