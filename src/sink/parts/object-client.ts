import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import { EngageError } from "../../engage-error.ts";
import { errorReasons } from "../../error-reasons.ts";
import { optionChecks } from "../../option.ts";
import { orAborted } from "../../when-aborted.ts";
import { isPassing } from "./object-answers.ts";
import type { S3StoreOptions } from "./object-store.ts";

/** What a `fetch` is called with beside the address. */
export interface S3FetchInit {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  readonly redirect: "manual";
}

/** What a `fetch` answers: the part of a `Response` that every implementation has. */
export interface S3FetchResponse {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Sends one request that is signed. The runtime's own `fetch` and undici's are of this type. */
export type S3Fetch = (url: string, init: S3FetchInit) => Promise<S3FetchResponse>;

/** An answer, read to its end. */
export interface S3Answer {
  readonly status: number;
  readonly body: Uint8Array;
  header(name: string): string | undefined;
}

interface S3Request {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

const FIRST_REPEAT = 200;
const LONGEST_REPEAT = 30_000;

/** Signs requests to one bucket, and repeats those that failed for a reason that passes. */
export class S3Client {
  readonly #base: string;
  readonly #name: string;
  readonly #region: string;
  readonly #keys: Pick<S3StoreOptions, "accessKeyId" | "secretAccessKey" | "sessionToken">;
  readonly #maxRetries: number;
  readonly #timeout: number;
  readonly #fetch: S3Fetch;

  constructor(bucket: string, name: string, options: S3StoreOptions) {
    const { endpoint, region = "us-east-1", maxRetries = 5, timeout = 300_000, fetch = globalThis.fetch } = options;
    // What is wrong with a key is told without it.
    const check = optionChecks("open the object store");
    for (const key of ["accessKeyId", "secretAccessKey"] as const) {
      if (!isKey(options[key])) check.refuse(key, "must be text without spaces that is not empty");
    }
    const { accessKeyId, secretAccessKey, sessionToken } = options;
    if (sessionToken !== undefined && !isKey(sessionToken)) {
      check.refuse("sessionToken", "must be text without spaces that is not empty");
    }
    this.#keys = { accessKeyId, secretAccessKey, sessionToken };
    this.#region = check.text("region", region);
    if (!/^[\w-]+$/.test(region)) check.refuse("region", "must be the name of a region", region);
    this.#base = endpoint === undefined ? amazon(bucket, region) : `${addressOf(endpoint)}/${bucket}/`;
    this.#name = name;
    this.#maxRetries = check.whole("maxRetries", maxRetries, { to: 100 });
    this.#timeout = check.whole("timeout", timeout, { from: 1, to: 2 ** 31 - 1, unit: "milliseconds" });
    this.#fetch = check.listener("fetch", fetch);
  }

  /** @throws {EngageError} `write-failed`, if there is no answer */
  async send(method: S3FetchInit["method"], key: string, request: S3Request = {}): Promise<S3Answer> {
    for (let failures = 1; ; failures++) {
      const isLast = failures > this.#maxRetries;
      try {
        const answer = await this.#once(method, key, request);
        if (isLast || !isPassing(answer)) return answer;
      } catch (error) {
        if (!isLast) {
          await wait(pause(failures));
          continue;
        }
        const message = `Cannot use the object store, the connection failed: ${this.#name} (${this.#reason(error)})`;
        throw new EngageError("write-failed", message, { cause: error });
      }
      await wait(pause(failures));
    }
  }

  async #once(method: S3FetchInit["method"], key: string, { query = {}, body }: S3Request): Promise<S3Answer> {
    const url = new URL(`${this.#base}${encoded(key, "/")}`);
    url.search = Object.entries(query)
      .map(([name, value]) => `${name}=${encoded(value)}`)
      .join("&");
    const content = body ?? new Uint8Array();
    const signer = new AwsV4Signer({
      ...this.#keys,
      method,
      url: url.href,
      region: this.#region,
      service: "s3",
      headers: {
        // The store refuses what does not match: part of the signature, and the older way that every server knows.
        "x-amz-content-sha256": createHash("sha256").update(content).digest("hex"),
        ...(body && { "content-md5": createHash("md5").update(content).digest("base64") }),
      },
    });
    const { headers } = await signer.sign();
    const init = { method, headers: Object.fromEntries(headers), ...(body && { body }) };
    const signal = AbortSignal.timeout(this.#timeout);
    // A `fetch` of the user's may not hear the signal.
    return orAborted(this.#answer(url.href, { ...init, signal, redirect: "manual" }), signal);
  }

  async #answer(url: string, init: S3FetchInit): Promise<S3Answer> {
    const response = await this.#fetch(url, init);
    return {
      status: response.status,
      body: new Uint8Array(await response.arrayBuffer()),
      header: (name) => response.headers.get(name) ?? undefined,
    };
  }

  #reason(error: unknown): string {
    if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${this.#timeout / 1000} s`;
    return errorReasons(error);
  }
}

/** Half of 200 ms × 2.5^(n − 1) to all of it, at most 30 s. */
function pause(failures: number): number {
  return Math.min(LONGEST_REPEAT, FIRST_REPEAT * 2.5 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function isKey(value: unknown): boolean {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/** A bucket with a dot in its name has no certificate of its own. */
function amazon(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  return bucket.includes(".") ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

function addressOf(endpoint: string): string {
  const check = optionChecks("open the object store");
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return check.refuse("endpoint", "must be an http or https URL");
  }
  if (url.username !== "" || url.password !== "") check.refuse("endpoint", "must hold no user name or password");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Percent-encoded as signatures want it. */
function encoded(text: string, keep = ""): string {
  const all = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keep === "" ? all : all.replaceAll(encodeURIComponent(keep), keep);
}
