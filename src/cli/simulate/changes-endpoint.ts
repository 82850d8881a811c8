import { isEngageError } from "../../engage-error.ts";
import type { EngageSimulator } from "../../simulator/engage-simulator.ts";

/** Where profiles are changed from outside. It is no path of the API. */
export const CHANGES_PATH = "/simulator/changes";

/** The simulator, and beside it a path that takes changes of its profiles as JSON and answers with their ids. */
export function withChangesEndpoint(simulator: EngageSimulator): (request: Request) => Promise<Response> {
  return async (request) => {
    if (new URL(request.url).pathname !== CHANGES_PATH) return simulator(request);
    if (request.method !== "POST") return Response.json({ error: "Changes are sent by POST" }, { status: 405 });
    try {
      return Response.json(simulator.change(JSON.parse(await request.text())));
    } catch (error) {
      if (!isEngageError(error) && !(error instanceof SyntaxError)) throw error;
      return Response.json({ error: error.message }, { status: 400 });
    }
  };
}
