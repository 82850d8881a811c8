import { PassThrough, Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { AttemptDeadline } from "../../../src/source/request/attempt-deadline.ts";
import type { EngageFetchResponse } from "../../../src/source/request/engage-fetch.ts";
import { readPage, readRefusal } from "../../../src/source/request/read-body.ts";
import { elapse, fakeTime, settled } from "../../helpers/fake-time.ts";

fakeTime();

const ALL = Number.POSITIVE_INFINITY;

function deadline(caller = new AbortController().signal) {
  return new AttemptDeadline(500_000, caller);
}

function chunked(
  chunks: readonly (readonly number[])[],
  then?: (controller: ReadableStreamDefaultController) => void,
  status = 200,
) {
  const cancel = vi.fn();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Uint8Array.from(chunk));
      then?.(controller);
    },
    cancel,
  });
  return { response: new Response(stream, { status }), cancel };
}

/** A response as node-fetch makes it. */
function nodeResponse(body: unknown, status = 200): EngageFetchResponse {
  const { headers, ok } = new Response(null, { status });
  return { headers, ok, status, body, arrayBuffer: () => Promise.reject(new Error("It has a stream")) };
}

const close = (controller: ReadableStreamDefaultController): void => controller.close();

describe("readPage", () => {
  it.each([
    ["no chunk", [], []],
    ["one chunk", [[1, 2]], [1, 2]],
    ["several chunks", [[1], [2, 3], [4]], [1, 2, 3, 4]],
    ["empty chunks", [[], [1], [], [2], []], [1, 2]],
  ])("reads a body whole: %s", async (_, chunks, expected) => {
    expect([...((await readPage(chunked(chunks, close).response, ALL, deadline())) ?? [])]).toEqual(expected);
  });

  it("reads no body at all", async () => {
    expect(await readPage(new Response(null), ALL, deadline())).toHaveLength(0);
  });

  it("reads a stream of Node", async () => {
    const body = Readable.from([Buffer.from("ab"), Buffer.from("c")]);
    expect(Buffer.from((await readPage(nodeResponse(body), ALL, deadline())) ?? []).toString()).toBe("abc");
  });

  it("reads a response that has no stream", async () => {
    const response = { ...nodeResponse(undefined), arrayBuffer: async () => Uint8Array.of(1, 2).buffer };
    expect([...((await readPage(response, ALL, deadline())) ?? [])]).toEqual([1, 2]);
    expect(await readPage(response, 1, deadline())).toBeUndefined();
  });

  it.each([
    [4, [1, 2, 3, 4]],
    [3, undefined],
    [1, undefined],
  ])("takes %i bytes and not one more, and cancels the rest", async (limit, expected) => {
    const { response, cancel } = chunked(
      [
        [1, 2],
        [3, 4],
      ],
      expected && close,
    );
    const bytes = await readPage(response, limit, deadline());
    expect(bytes && [...bytes]).toEqual(expected);
    expect(cancel).toHaveBeenCalledTimes(expected ? 0 : 1);
  });

  it("holds no more of an endless body than its limit", async () => {
    let sent = 0;
    const cancel = vi.fn();
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 1000;
          controller.enqueue(new Uint8Array(1000));
        },
        cancel,
      },
      { highWaterMark: 0 },
    );
    expect(await readPage(new Response(endless), 10_000, deadline())).toBeUndefined();
    expect(sent).toBe(11_000);
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("ends a stream of Node that is larger", async () => {
    const body = new PassThrough();
    body.write("abc");
    expect(await readPage(nodeResponse(body), 2, deadline())).toBeUndefined();
    expect(body.destroyed).toBe(true);
  });

  it("rejects as the body breaks", async () => {
    const broken = new TypeError("terminated");
    const { response } = chunked([[1]], (controller) => controller.error(broken));
    await expect(readPage(response, ALL, deadline())).rejects.toBe(broken);
  });

  it("tells the deadline of each chunk", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const watched = deadline();
    watched.watchBody();
    void readPage(new Response(readable), ALL, watched);
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
    const reading = readPage(response, ALL, ended);
    await settled();
    controller.abort(new Error("enough"));
    await reading;
    expect(cancel).toHaveBeenCalledOnce();
    expect(removed).toHaveBeenCalledOnce();
  });

  it("cancels a body that came after the deadline", async () => {
    const { response, cancel } = chunked([[1]]);
    await readPage(response, ALL, deadline(AbortSignal.abort(new Error("enough"))));
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("waits for a page as long as it goes on", async () => {
    const { response, cancel } = chunked([[1]]);
    void readPage(response, ALL, deadline());
    await elapse(59_000);
    expect(cancel).not.toHaveBeenCalled();
  });
});

describe("readRefusal", () => {
  it("reads 64 KB and no more", async () => {
    const { response, cancel } = chunked(
      [Array<number>(60_000).fill(1), Array<number>(60_000).fill(1), [1]],
      close,
      400,
    );
    expect(await readRefusal(response, deadline())).toHaveLength(65_536);
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([400, 401, 403, 404, 429, 500])("waits 3 s and no longer for the words of a %i", async (status) => {
    const { response, cancel } = chunked([[1, 2]], undefined, status);
    const reading = readRefusal(response, deadline());
    await elapse(2999);
    expect(cancel).not.toHaveBeenCalled();
    await elapse(1);
    expect([...(await reading)]).toEqual([1, 2]);
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("waits no longer for a body that drips", async () => {
    let sent = 0;
    const drip = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        new Promise<void>((resolve) => setTimeout(resolve, 1000)).then(() => {
          sent += 1;
          controller.enqueue(Uint8Array.of(sent));
        }),
    });
    const reading = readRefusal(new Response(drip, { status: 400 }), deadline());
    await elapse(10_000);
    expect([...(await reading)].slice(0, 2)).toEqual([1, 2]);
    expect(sent).toBeLessThan(5);
  });

  it("waits no longer for a stream of Node, which breaks when it is ended", async () => {
    const body = new PassThrough();
    body.write("ab");
    const reading = readRefusal(nodeResponse(body, 400), deadline());
    await elapse(3000);
    expect(Buffer.from(await reading).toString()).toBe("ab");
    expect(body.destroyed).toBe(true);
  });

  it("takes what came before the body broke", async () => {
    const { response } = chunked([[1]], (controller) => controller.enqueue(Uint8Array.of(2)), 500);
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (chunk[0] === 2) throw new TypeError("terminated");
          controller.enqueue(chunk);
        },
      }),
    );
    expect([...(await readRefusal(new Response(body, { status: 500 }), deadline()))]).toEqual([1]);
  });

  it("rejects when the text of a 400 breaks, without which nobody knows what it means", async () => {
    const { response } = chunked([], (controller) => controller.error(new TypeError("terminated")), 400);
    await expect(readRefusal(response, deadline())).rejects.toThrow("terminated");
  });

  it("leaves no timer behind", async () => {
    const watched = deadline();
    await readRefusal(new Response("no", { status: 500 }), watched);
    watched.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});
