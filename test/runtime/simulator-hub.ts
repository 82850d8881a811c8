import { type SimulatorServer, serveSimulator } from "../../src/cli/simulate/serve-simulator.ts";
import { type EngageSimulator, engageSimulator } from "../../src/simulator.ts";

/**
 * Serves as many simulators as the suites ask for, each under a path of its own, to pages of other origins too.
 *
 * `POST /` with the options as JSON makes one and answers with its path; `GET` of that path tells what it has seen.
 */
export function serveHub(): Promise<SimulatorServer> {
  const simulators: EngageSimulator[] = [];
  return serveSimulator(
    async (request) => {
      if (request.method === "OPTIONS") return new Response(null, { headers: CORS });
      return withCors(await answer(request, simulators));
    },
    { port: 0 },
  );
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-expose-headers": "*",
};

async function answer(request: Request, simulators: EngageSimulator[]): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const [, id = "", ...rest] = pathname.split("/");
  if (id === "") {
    simulators.push(engageSimulator(await request.json()));
    return Response.json(`/${simulators.length - 1}`);
  }
  const simulator = simulators[Number(id)];
  if (simulator === undefined) return new Response(null, { status: 404 });
  if (rest.length > 0) return simulator(new Request(new URL(`/${rest.join("/")}${search}`, request.url), request));
  const { requests, inFlight, peakInFlight, countedQueries } = simulator;
  return Response.json({ requests, inFlight, peakInFlight, countedQueries });
}

function withCors({ body, status, headers }: Response): Response {
  return new Response(body, { status, headers: { ...Object.fromEntries(headers), ...CORS } });
}
