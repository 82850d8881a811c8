import { bodyStream } from "../requests/body-stream.ts";
import type { QueryLimits } from "../requests/query-limits.ts";
import { jsonResponse, Refusal } from "../requests/refusal.ts";
import { ConnectionReset } from "./connection-reset.ts";
import { credentialsEcho } from "./credentials-echo.ts";
import type { DripFault, Fault, ResponseFault } from "./fault.ts";
import { drippingError, faultedBody } from "./faulted-body.ts";

/** What a response that stands in for a page is made of, beside the fault. */
export interface StandInContext {
  readonly request: Request;
  readonly limits: QueryLimits;
  /** Called once, when the response has been sent. */
  readonly onEnd: () => void;
}

/**
 * The response that comes instead of the page; undefined if the page comes.
 *
 * @throws {Refusal}
 * @throws {ConnectionReset}
 */
export function standIn(fault: Fault | undefined, context: StandInContext): Response | undefined {
  switch (fault?.kind) {
    case "response":
      return ended(responseOf(fault), context);
    case "rate-limit":
      throw context.limits.refusal(fault);
    case "timeout":
      throw new Refusal(400, "Timeout Error.");
    case "reset":
      throw new ConnectionReset(fault.during ?? "request");
    case "echo-credentials": {
      const authorization = context.request.headers.get("Authorization") ?? "";
      throw new Refusal(fault.status ?? 401, credentialsEcho(authorization, fault.encoding));
    }
    case "drip":
      return fault.status === 200 ? undefined : dripping(fault, context);
    default:
      return undefined;
  }
}

function ended(response: Response, { onEnd }: StandInContext): Response {
  onEnd();
  return response;
}

function responseOf({ status = 200, headers, body }: ResponseFault): Response {
  // A copy, since what the caller keeps may be changed or shared with another thread.
  if (body instanceof Uint8Array) return jsonResponse(status, new Uint8Array(body), headers);
  if (body !== undefined || status < 400) return jsonResponse(status, body ?? null, headers);
  return new Refusal(status, failureText(status), headers).toResponse();
}

function dripping(fault: DripFault, { request: { signal }, onEnd }: StandInContext): Response {
  const { status = 400 } = fault;
  const body = faultedBody(drippingError(`{"status":"error","error":"${failureText(status)}"}`), fault);
  return jsonResponse(status, bodyStream(body.chunks, { ...body, signal, onEnd }));
}

/** Shares no run of letters with the simulator's default secret, which an export would take out of its messages. */
function failureText(status: number): string {
  return `Failure ${status} on demand`;
}
