// What a runtime's `fetch` says when the reason is one level deeper.
const SAYS_NOTHING = /^(fetch failed|failed to fetch|load failed|terminated|network error)?$/i;
// Advice for whoever called fetch(), and Deno's copy of the address.
const NOISE =
  / For more information, pass `verbose: true` in the second argument to fetch\(\)|^error sending request for url \(.*?\): /g;
const DEEPEST = 8;

const NO_TLS = "the other side does not speak TLS: check that the port is one for https";
const UNTRUSTED =
  "its authority is not trusted here: NODE_EXTRA_CA_CERTS can name a file with it, such as a company's own";
const CLOCK = "check this machine's clock too";
const NO_VERSION = "the two sides allow no version of TLS in common";
/** What to do about codes of TLS. */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_HTTP_REQUEST: NO_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: CLOCK,
  CERT_NOT_YET_VALID: CLOCK,
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_VERSION,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_VERSION,
};
// OpenSSL's own texts name lines of its source.
const OPENSSL = /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):.*$/s;

/**
 * Why a connection failed, on one line: the messages of the error, its causes and the errors it collects, less those that say
 * nothing. The addresses that failed alike stand together: `ECONNREFUSED ::1:9, 127.0.0.1:9`.
 */
export function errorReasons(error: unknown): string {
  return reasonsOf(error, 0) || String(error);
}

interface ErrorShape {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

function reasonsOf(error: unknown, depth: number): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null || depth > DEEPEST) return "";
  const { cause, errors, message }: ErrorShape = error;
  const inner = Array.isArray(errors) && errors.length > 0 ? joined(errors, depth) : reasonsOf(cause, depth + 1);
  if (inner === "") return ownReason(error);
  const own = withoutNoise(message);
  if (SAYS_NOTHING.test(own) || inner.includes(own)) return inner;
  return own.includes(inner) ? own : `${own}: ${inner}`;
}

function joined(errors: readonly unknown[], depth: number): string {
  const reasons = new Map(errors.map((each) => [reasonsOf(each, depth + 1), systemCode(each)]));
  reasons.delete("");
  let line = "";
  let before: string | undefined;
  for (const [reason, code] of reasons) {
    const isAlike = code !== undefined && code === before;
    line += isAlike ? `, ${reason.slice(code.length + 1)}` : `${line && "; "}${reason}`;
    before = code;
  }
  return line;
}

function ownReason(error: ErrorShape): string {
  const code = systemCode(error);
  if (code !== undefined) return `${code} ${error.address}${error.port === undefined ? "" : `:${error.port}`}`;
  const advice = typeof error.code === "string" ? TLS_ADVICE[error.code] : undefined;
  const message = [withoutNoise(error.message), advice].filter((text) => text).join("; ");
  if (typeof error.code !== "string" || message.includes(error.code)) return message;
  return message === "" ? error.code : `${message} (${error.code})`;
}

function withoutNoise(message: unknown): string {
  return typeof message === "string" ? message.replaceAll(NOISE, "").replace(OPENSSL, "TLS failed, $1") : "";
}

/** The code of an error that names the address it is about. */
function systemCode(error: unknown): string | undefined {
  const { code, address }: ErrorShape = Object(error);
  return typeof code === "string" && typeof address === "string" ? code : undefined;
}
