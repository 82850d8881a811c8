import { createServer } from "node:http";
import { PreparedPages } from "./prepared-pages.mjs";
import { failingPages, latenciesOf } from "./run-plan.mjs";

/** A run as the server sees it: what it answers, when, and what it was asked. */
class ServedRun {
  log = {
    requests: 0,
    counted: 0,
    mostInFlight: 0,
    firstRequest: undefined,
    lastResponse: undefined,
    /** For each 429, how many pages had been served. */
    refusedAt: [],
    /** How many pages had been served when so many queries first ran at once after `allows` changed. */
    firstAt: {},
  };
  #plan;
  #latencies;
  #failing;
  #inFlight = 0;
  /** Queries that hold one of the project's slots, and pages that were sent. */
  #running = 0;
  #served = 0;
  #cpuBefore = process.cpuUsage();

  constructor(plan) {
    this.#plan = plan;
    this.#latencies = latenciesOf(plan);
    this.#failing = failingPages(plan);
  }

  /** The log, with the CPU seconds that serving took. */
  end() {
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    return { ...this.log, cpu: (user + system) / 1e6 };
  }

  async answer(request, response) {
    this.log.firstRequest ??= performance.now();
    this.log.requests += 1;
    this.#inFlight += 1;
    this.log.mostInFlight = Math.max(this.log.mostInFlight, this.#inFlight);
    response.on("close", () => {
      this.#inFlight -= 1;
      this.log.lastResponse = performance.now();
    });
    const form = await formOf(request);
    if (!form.get("session_id")) this.log.counted += 1;
    const page = Number(form.get("page") ?? 0);
    if (!this.#takeSlot()) {
      response.writeHead(429, { RateLimit: '"project";r=59, "project-concurrency";r=0' }).end();
      return;
    }
    const latency = this.#latencies[page] ?? 0;
    // What asks for some profiles only is an update.
    const send = () => this.#send(page, form.has("where"), response);
    if (latency > 0) setTimeout(send, latency);
    else send();
  }

  /** Whether one of the slots that others leave is free. */
  #takeSlot() {
    const { allows = [] } = this.#plan;
    const { from = 0, slots = Number.POSITIVE_INFINITY } = allows.findLast(({ from }) => this.#served >= from) ?? {};
    if (this.#running >= slots) {
      this.log.refusedAt.push(this.#served);
      return false;
    }
    this.#running += 1;
    if (from > 0) this.log.firstAt[this.#running] ??= this.#served;
    return true;
  }

  #send(page, isUpdate, response) {
    const { pages, pageSize } = this.#plan;
    this.#running -= 1;
    this.#served += 1;
    if (this.#failing.delete(page)) {
      response.writeHead(503, { "content-type": "text/plain" }).end("upstream");
      return;
    }
    const body = isUpdate
      ? prepared.changed({ page, profiles: pages * pageSize, pageSize })
      : Buffer.concat(prepared.body({ page, pages, pageSize }));
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  }
}

const prepared = new PreparedPages();
const runs = new Map();

/** Members of the query string and of the body: clients differ in where they put the page. */
async function formOf(request) {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  return new URLSearchParams(`${body}&${new URL(request.url, "http://127.0.0.1").search.slice(1)}`);
}

function begin({ id, plan }) {
  prepared.prepare(plan.pages * plan.pageSize);
  runs.set(id, new ServedRun(plan));
}

const server = createServer((request, response) => {
  const run = runs.get(request.url.split("/")[1]);
  if (run === undefined) response.writeHead(404).end();
  else void run.answer(request, response);
});

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", (message) => {
  if (message.begin) begin(message.begin);
  process.send({ done: message.end && runs.get(message.end).end() });
  if (message.end) runs.delete(message.end);
});
process.on("disconnect", () => process.exit());
