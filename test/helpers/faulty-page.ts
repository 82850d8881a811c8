import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator, type Fault } from "../../src/simulator.ts";
import { call, read } from "./engage-call.ts";

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
