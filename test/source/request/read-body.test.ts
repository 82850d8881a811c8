import { describe, expect, it, vi } from "vitest";
import { AttemptDeadline } from "../../../src/source/request/attempt-deadline.ts";
import { readBody } from "../../../src/source/request/read-body.ts";
import { elapse, fakeTime, settled } from "../../helpers/fake-time.ts";

fakeTime();

const ALL = Number.POSITIVE_INFINITY;

function deadline(caller = new AbortController().signal) {
  return new AttemptDeadline(500_000, caller);
}

function chunked(chunks: readonly (readonly number[])[], then?: (controller: ReadableStreamDefaultController) => void) {
  const cancel = vi.fn();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Uint8Array.from(chunk));
      then?.(controller);
    },
    cancel,
  });
  return { response: new Response(stream), cancel };
}

const close = (controller: ReadableStreamDefaultController): void => controller.close();

describe("readBody", () => {
  it.each([
    ["no chunk", [], []],
    ["one chunk", [[1, 2]], [1, 2]],
    ["several chunks", [[1], [2, 3], [4]], [1, 2, 3, 4]],
    ["empty chunks", [[], [1], [], [2], []], [1, 2]],
  ])("reads a body whole: %s", async (_, chunks, expected) => {
    expect([...(await readBody(chunked(chunks, close).response, ALL, deadline()))]).toEqual(expected);
  });

  it("reads no body at all", async () => {
    expect(await readBody(new Response(null), ALL, deadline())).toHaveLength(0);
  });

  it.each([
    [3, [1, 2, 3, 4]],
    [4, [1, 2, 3, 4]],
    [1, [1, 2]],
  ])("stops at its limit of %i bytes and cancels the rest", async (limit, expected) => {
    const { response, cancel } = chunked([[1, 2], [3, 4], [5]]);
    expect([...(await readBody(response, limit, deadline()))]).toEqual(expected);
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("rejects as the body breaks", async () => {
    const broken = new TypeError("terminated");
    const { response } = chunked([[1]], (controller) => controller.error(broken));
    await expect(readBody(response, ALL, deadline())).rejects.toBe(broken);
  });

  it("tells the deadline of each chunk", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const watched = deadline();
    watched.watchBody();
    void readBody(new Response(readable), ALL, watched);
    await elapse(59_000);
    void writer.write(Uint8Array.of(1));
    await elapse(59_000);
    expect(watched.exceeded).toBeUndefined();
    await elapse(1_000);
    expect(watched.exceeded).toContain("60 s");
  });

  it("cancels the body when its deadline passes, and leaves no listener", async () => {
    const controller = new AbortController();
    const ended = deadline(controller.signal);
    const removed = vi.spyOn(ended.signal, "removeEventListener");
    const { response, cancel } = chunked([[1]]);
    const reading = readBody(response, ALL, ended);
    await settled();
    controller.abort(new Error("enough"));
    await reading;
    expect(cancel).toHaveBeenCalledOnce();
    expect(removed).toHaveBeenCalledOnce();
  });

  it("cancels a body that came after the deadline", async () => {
    const { response, cancel } = chunked([[1]]);
    await readBody(response, ALL, deadline(AbortSignal.abort(new Error("enough"))));
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([401, 403, 404, 429, 500])(
    "waits 2 s and no longer for the words of a %i, which says it all by itself",
    async (status) => {
      const { response, cancel } = chunked([[1, 2]]);
      const reading = readBody(new Response(response.body, { status }), ALL, deadline());
      await elapse(1999);
      expect(cancel).not.toHaveBeenCalled();
      await elapse(1);
      expect([...(await reading)]).toEqual([1, 2]);
      expect(cancel).toHaveBeenCalledOnce();
    },
  );

  it("takes what came of such a refusal before it broke", async () => {
    const { response } = chunked([[1]], (controller) => controller.enqueue(Uint8Array.of(2)));
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (chunk[0] === 2) throw new TypeError("terminated");
          controller.enqueue(chunk);
        },
      }),
    );
    expect([...(await readBody(new Response(body, { status: 500 }), ALL, deadline()))]).toEqual([1]);
  });

  it.each([200, 400])("waits for the text of a %i, without which nobody knows what it means", async (status) => {
    const { response, cancel } = chunked([[1]]);
    void readBody(new Response(response.body, { status }), ALL, deadline());
    await elapse(59_000);
    expect(cancel).not.toHaveBeenCalled();
    const { response: broken } = chunked([], (controller) => controller.error(new TypeError("terminated")));
    await expect(readBody(new Response(broken.body, { status }), ALL, deadline())).rejects.toThrow("terminated");
  });

  it("leaves no timer behind", async () => {
    const watched = deadline();
    await readBody(new Response("no", { status: 500 }), ALL, watched);
    watched.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});
