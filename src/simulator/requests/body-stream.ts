import { whenAborted } from "../../when-aborted.ts";
import { ConnectionReset } from "../faults/connection-reset.ts";

/** How a body ends after its last chunk. */
export type BodyEnding = "close" | "reset" | "silence";

/** What happens around the chunks of a body. */
export interface BodyStreamOptions {
  readonly ending: BodyEnding;
  /** Awaited between two chunks; the signal fires when nobody waits any more. */
  readonly pause?: (signal: AbortSignal) => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** Called once, together with the last chunk or when nobody wants the rest. */
  readonly onEnd: () => void;
}

/** Chunks as the body of a response, made when they are read. An abort errors it with the signal's reason. */
export function bodyStream(
  chunks: Iterator<Uint8Array<ArrayBuffer>, void>,
  { ending, pause, signal, onEnd }: BodyStreamOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = chunks.next();
  let isFirst = true;
  let stopWaiting = () => {};
  const over = new AbortController();
  const finish = () => {
    stopWaiting();
    over.abort();
    onEnd();
  };
  const deliver = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
    // Aborted or cancelled during a pause.
    if (over.signal.aborted) return;
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
  };
  return new ReadableStream(
    {
      start(controller) {
        stopWaiting = whenAborted(signal, () => {
          controller.error(signal.reason);
          finish();
        });
      },
      pull(controller) {
        const pausing = isFirst ? undefined : pause?.(over.signal);
        isFirst = false;
        if (pausing === undefined) return deliver(controller);
        return pausing.then(
          () => deliver(controller),
          () => {},
        );
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}
