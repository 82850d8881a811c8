import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly page: number;
  readonly sessionId: string | null;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
  readonly url: string;
  /** Requests under way when it arrived, itself included. */
  readonly inFlight: number;
}

/** Answers a request itself and says true, or leaves it to the default answer. */
export type Answer = (request: SeenRequest, response: ServerResponse, nth: number) => boolean | Promise<boolean>;

export interface TestServer {
  readonly baseUrl: string;
  readonly requests: readonly SeenRequest[];
  /** Requests under way now. */
  inFlight(): number;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export const PAGE_SIZE = 1000;

/** The raw text of a profile, different in each one and hard on a careless reader. */
export function profileText(index: number): string {
  return `{"$distinct_id":"id-${index}","$properties":{"n":${index},"big":9007199254740993${index},"$last_seen":"2026-01-02T03:04:05","exact":1.0,"list":[1E+2,-0.0,"}],{"],"text":"\\u00e9 é \\"quoted\\" 🦆"}}`;
}

/** The line that {@link profileText} becomes. */
export function profileLine(index: number): string {
  return `{"distinct_id":"id-${index}","last_seen":"2026-01-02T03:04:05","properties":{"n":${index},"big":9007199254740993${index},"exact":1.0,"list":[1E+2,-0.0,"}],{"],"text":"\\u00e9 é \\"quoted\\" 🦆"}}\n`;
}

export function profileLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => profileLine(from + index)).join("");
}

/** The text of a page of `total` profiles. */
export function pageText(page: number, total: number, pageSize = PAGE_SIZE): string {
  const from = page * pageSize;
  const length = Math.max(0, Math.min(pageSize, total - from));
  const results = Array.from({ length }, (_, index) => profileText(from + index)).join(",");
  return `{"page":${page},"page_size":${pageSize},"session_id":"session-1","status":"ok","total":${total},"results":[${results}]}`;
}

/** A real server that serves `total` profiles, unless `answer` takes a request; closed when the test ends. */
export async function startServer(total: number, answer: Answer = () => false): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const seen = new Map<number, number>();
  const open = new Set<ServerResponse>();
  let whenIdle: () => void = () => {};
  const server = createServer(async (incoming, response) => {
    open.add(response);
    response.on("close", () => {
      open.delete(response);
      if (open.size === 0) whenIdle();
    });
    const form = new URLSearchParams(await readText(incoming));
    const page = Number(form.get("page"));
    const nth = (seen.get(page) ?? 0) + 1;
    seen.set(page, nth);
    const request: SeenRequest = {
      page,
      sessionId: form.get("session_id"),
      form,
      authorization: incoming.headers.authorization,
      url: incoming.url ?? "",
      inFlight: open.size,
    };
    requests.push(request);
    if (await answer(request, response, nth)) return;
    response.setHeader("content-type", "application/json");
    response.end(pageText(page, total));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inFlight: () => open.size,
    idle: () =>
      new Promise((resolve) => {
        whenIdle = resolve;
        if (open.size === 0) resolve();
      }),
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text;
}
