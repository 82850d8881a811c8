import { EngageError } from "../../engage-error.ts";
import { errorReasons } from "../../error-reasons.ts";
import type { HttpProxy } from "./http-proxy.ts";

// Undici, Bun and Deno, in this order.
const REFUSED =
  /Proxy response \((\d{3})\)|Proxy Authentication Required \((407)\)|open a tunnel: (\d{3})|tunnel|proxy authentication required/i;
// The target is connected to by the proxy alone, so it is the proxy that does not answer.
const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|tcp connect error|dns error/;

/** The error of a request that went through a proxy: it says whether that is to blame. */
export function proxyFailure(cause: unknown, proxy: HttpProxy, target: URL): EngageError {
  const reasons = errorReasons(cause);
  const refused = REFUSED.exec(reasons);
  if (refused) {
    const [said, ...statuses] = refused;
    const status = Number(statuses.find((each) => each !== undefined) ?? (/authentication/i.test(said) ? 407 : 0));
    return proxyRefusal(status, proxy, target, cause);
  }
  const message = UNREACHABLE.test(reasons)
    ? `${named(proxy)} cannot be reached: ${reasons}`
    : `The connection to ${target.host} through the proxy ${proxy.host} failed: ${reasons}`;
  return new EngageError("network", message, { cause });
}

/** @param status 0 when it is not known */
export function proxyRefusal(status: number, proxy: HttpProxy, target: URL, cause?: unknown): EngageError {
  const what =
    status === 407
      ? "does not accept the credentials in its address, or needs some"
      : `refuses to connect to ${target.host}`;
  // What the proxy forbids it will not allow a moment later; other failures may pass.
  const code = status >= 400 && status < 500 ? "bad-request" : "network";
  const message = `${named(proxy)} ${what}${status === 0 ? "" : `: HTTP ${status}`}`;
  return new EngageError(code, message, { ...(cause !== undefined && { cause }), ...(status !== 0 && { status }) });
}

function named({ host, variable }: HttpProxy): string {
  return `The proxy ${host} (${variable})`;
}
