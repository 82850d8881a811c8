import { jsonResponse, Refusal } from "../requests/refusal.ts";
import type { ResponseFault } from "./fault.ts";

/** The response that stands in for a page. */
export function faultResponse({ status = 200, headers, body }: ResponseFault): Response {
  if (body !== undefined || status < 400) return jsonResponse(status, body ?? null, headers);
  return new Refusal(status, `Simulated failure ${status}`, headers).toResponse();
}
