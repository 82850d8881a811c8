import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { callOf, type EngageCall, projectPage } from "./fake-engage.ts";

// What fake-engage.ts answers, from a real port: for sockets, streaming and aborts.

/** A request as the server saw it. */
export interface SeenRequest extends EngageCall {
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
  return projectPage(page, total, pageSize, profileText);
}

/** A real server that serves `total` profiles, unless `answer` takes a request; closed when the test ends. */
export async function startServer(total: number, answer: Answer = () => false): Promise<TestServer> {
  const calls: EngageCall[] = [];
  const requests: SeenRequest[] = [];
  const open = new Set<ServerResponse>();
  let whenIdle: () => void = () => {};
  const server = createServer(async (incoming, response) => {
    open.add(response);
    response.on("close", () => {
      open.delete(response);
      if (open.size === 0) whenIdle();
    });
    const call = await callOf(await requestOf(incoming), calls);
    const request: SeenRequest = { ...call, inFlight: open.size };
    requests.push(request);
    if (await answer(request, response, call.nth)) return;
    response.setHeader("content-type", "application/json");
    response.end(pageText(call.page, total));
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

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const { method = "GET", url } = incoming;
  const body = method === "GET" ? null : new Uint8Array(await buffer(incoming));
  return new Request(new URL(url ?? "/", `http://${incoming.headers.host}`), { method, headers, body });
}
