import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator, type Fault } from "../../src/simulator.ts";

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

/** 2,500 profiles, and a fault that happens to one page. */
export function faulty(fault: Fault, page = 1, options: EngageSimulatorOptions = {}): EngageSimulator {
  return engageSimulator({ profiles: 2_500, faults: [{ page, fault }], ...options });
}

/** The response to page 1 of a new session. */
export async function page1(simulator: EngageSimulator, signal?: AbortSignal): Promise<Response> {
  const { session_id } = await read(call(simulator));
  return call(simulator, { page: "1", session_id }, signal ? { signal } : {});
}

/** The text that comes before a body fails, and what it fails with. */
export async function broken(response: Response): Promise<{ text: string; error: unknown }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    return { text, error };
  }
  return { text, error: undefined };
}

/** Reads so many bytes of a body, then leaves. */
export async function readBytes(response: Response, count: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const bytes = new Uint8Array(count);
  let used = 0;
  while (used < count) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done || value === undefined) break;
    bytes.set(value.subarray(0, count - used), used);
    used += Math.min(value.length, count - used);
  }
  await reader?.cancel();
  return bytes.subarray(0, used);
}
