import { EngageError } from "../../engage-error.ts";
import type { S3Answer } from "./object-client.ts";

/** Why a store refuses, by the code of its answer. What else an answer says may hold the key's id, and is never shown. */
const REASONS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "it does not know the access key",
  SignatureDoesNotMatch: "the secret access key is wrong",
  ExpiredToken: "the session token has expired",
  InvalidToken: "the session token is not valid",
  AccessDenied: "the access key has no permission to list, read, write or delete there",
  AllAccessDisabled: "access to the bucket is disabled",
  AccountProblem: "there is a problem with the account",
  NoSuchBucket: "there is no such bucket",
  InvalidBucketName: "that is no name of a bucket",
  PermanentRedirect: "the bucket is in another region",
  AuthorizationHeaderMalformed: "the bucket is in another region",
  IllegalLocationConstraintException: "the bucket is in another region",
  RequestTimeTooSkewed: "the clock of this computer is wrong",
  EntityTooLarge: "the file is too large for it",
  QuotaExceeded: "the quota is used up",
  SlowDown: "it asked for fewer requests",
  BadDigest: "the content was damaged on its way",
  XAmzContentSHA256Mismatch: "the content was damaged on its way",
};

/** What may go well when it is asked again. */
const PASSING = new Set([
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
  "RequestTimeout",
  "OperationAborted",
  "BadDigest",
  "IncompleteBody",
  "XAmzContentSHA256Mismatch",
]);

/** Whether the same request may be answered otherwise. */
export function isPassing(answer: S3Answer): boolean {
  const { status } = answer;
  return status >= 500 || status === 429 || status === 408 || PASSING.has(codeOf(answer) ?? "");
}

/** Whether there is no such object; a missing bucket is a failure. */
export function isMissing(answer: S3Answer): boolean {
  return answer.status === 404 && codeOf(answer) !== "NoSuchBucket";
}

/** A refusal in words. */
export function s3Failure(answer: S3Answer, name: string): EngageError {
  const { status, header, body } = answer;
  const code = codeOf(answer) ?? (status === 301 || status === 307 ? "PermanentRedirect" : undefined);
  const region = header("x-amz-bucket-region") ?? textOf(body, "Region");
  const reason = REASONS[code ?? ""] ?? `it answered ${code === undefined ? "" : `${code}, `}HTTP ${status}`;
  const isElsewhere = reason === REASONS.PermanentRedirect && region !== undefined && /^[a-z0-9-]+$/.test(region);
  return unusable(`${reason}${isElsewhere ? `, ${region}` : ""}`, name, status);
}

/** Why nothing can be kept in the store. */
export function unusable(reason: string, name: string, status?: number): EngageError {
  return new EngageError("write-failed", `Cannot use the object store, ${reason}: ${name}`, { status });
}

/**
 * A page of a list of objects.
 *
 * @throws {EngageError} `write-failed` if it is something else, as what a proxy shows before one signs in
 */
export function listing(
  { body }: S3Answer,
  name: string,
): { readonly keys: readonly string[]; readonly next: string | undefined } {
  const text = new TextDecoder().decode(body);
  if (!text.includes("<ListBucketResult")) throw unusable("it answered something else than S3 does", name);
  const keys = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)];
  const prefixes = [...text.matchAll(/<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g)];
  return {
    keys: [...keys, ...prefixes].map(([, key = ""]) => unescaped(key)),
    next: textOf(body, "NextContinuationToken"),
  };
}

function codeOf({ body, status }: S3Answer): string | undefined {
  const code = status < 300 ? undefined : textOf(body, "Code");
  return code !== undefined && /^\w+$/.test(code) ? code : undefined;
}

function textOf(body: Uint8Array, element: string): string | undefined {
  const [, text] = new RegExp(`<${element}>([^<]*)</${element}>`).exec(new TextDecoder().decode(body)) ?? [];
  return text === undefined || text === "" ? undefined : unescaped(text);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
