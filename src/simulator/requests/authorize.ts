import type { SimulatorSettings } from "../simulator-options.ts";
import { Refusal } from "./refusal.ts";

/** What a request is for. */
export type Endpoint = "profiles" | "cohorts";

const ENDPOINTS: Readonly<Record<string, { readonly endpoint: Endpoint; readonly methods: readonly string[] }>> = {
  "/api/query/engage": { endpoint: "profiles", methods: ["POST"] },
  "/api/2.0/engage": { endpoint: "profiles", methods: ["POST"] },
  "/api/query/cohorts/list": { endpoint: "cohorts", methods: ["GET", "POST"] },
  "/api/2.0/cohorts/list": { endpoint: "cohorts", methods: ["GET", "POST"] },
};

/** Checks path, method, credentials and project. @throws {Refusal} 401, 403 or 404 */
export function authorize(request: Request, { projectId, serviceAccount, token }: SimulatorSettings): Endpoint {
  const { pathname, searchParams } = new URL(request.url);
  const found = Object.hasOwn(ENDPOINTS, pathname) ? ENDPOINTS[pathname] : undefined;
  if (found === undefined || !found.methods.includes(request.method)) {
    throw new Refusal(404, `Not found: ${request.method} ${pathname}`);
  }
  const [, scheme = "", credentials] = /^(\w+) +(.*)$/.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") {
    if (credentials !== token()) throw unauthorized("Invalid bearer token", "Bearer");
  } else if (
    scheme.toLowerCase() !== "basic" ||
    credentials !== base64(`${serviceAccount.username}:${serviceAccount.secret}`)
  ) {
    throw unauthorized("Invalid service account credentials", "Basic");
  }
  const project = searchParams.get("project_id");
  if (!project) throw new Refusal(401, "Missing project_id: service accounts need it in the query string");
  if (project !== projectId) throw new Refusal(403, `No access to this project: ${project}`);
  return found.endpoint;
}

function unauthorized(message: string, scheme: string): Refusal {
  return new Refusal(401, message, { "WWW-Authenticate": `${scheme} realm="mixpanel"` });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
