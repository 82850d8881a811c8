import type { EngageSimulator } from "../../src/simulator.ts";

/** What a test looks at in a page. */
export interface Page {
  readonly page: number;
  readonly page_size: number;
  readonly session_id: string;
  readonly status: string;
  readonly total: number;
  readonly results: readonly {
    readonly $distinct_id: unknown;
    readonly $properties?: Record<string, unknown> | null;
  }[];
}

/** How a test deviates from a correct request. */
export interface CallOptions {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** A correct request for a page, with the simulator's own credentials. */
export function call(
  simulator: EngageSimulator,
  form: Record<string, string> = {},
  { url, headers, signal, fetch = simulator }: CallOptions = {},
): Promise<Response> {
  const { username, secret } = simulator.serviceAccount;
  const credentials = String.fromCharCode(...new TextEncoder().encode(`${username}:${secret}`));
  return fetch(url ?? `https://mixpanel.com/api/query/engage?project_id=${simulator.projectId}`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(credentials)}`, ...headers },
    body: new URLSearchParams(form),
    signal: signal ?? null,
  });
}

/** The page of a request that succeeds. */
export async function read(response: Response | Promise<Response>): Promise<Page> {
  return (await (await response).json()) as Page;
}

/** Every id of an export, page by page. */
export async function exportIds(simulator: EngageSimulator, form: Record<string, string> = {}): Promise<unknown[]> {
  const first = await read(call(simulator, form));
  const ids = first.results.map((profile) => profile.$distinct_id);
  for (let page = 1; page * first.page_size < first.total; page += 1) {
    const next = await read(call(simulator, { ...form, page: String(page), session_id: first.session_id }));
    ids.push(...next.results.map((profile) => profile.$distinct_id));
  }
  return ids;
}

/** Status and error text of a refusal. */
export async function refused(response: Promise<Response>): Promise<{ status: number; error: string }> {
  const { status } = await response;
  const body = (await (await response).json()) as { error: string };
  return { status, error: body.error };
}
