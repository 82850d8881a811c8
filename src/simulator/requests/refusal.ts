/** A response that is no page; thrown if a request cannot be served. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  toResponse(): Response {
    return jsonResponse(this.status, JSON.stringify({ status: "error", error: this.message }), this.headers);
  }
}

/** A response with `Content-Type: application/json`, unless `headers` has another. */
export function jsonResponse(
  status: number,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = new Headers({ "Content-Type": "application/json" });
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  return new Response(body, { status, headers: all });
}
