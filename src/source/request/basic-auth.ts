import { EngageError } from "../../engage-error.ts";
import type { EngageFields } from "../query/engage-query.ts";

const SURROGATE = /\p{Surrogate}/u;

/** A service account, as an `Authorization` header and as a filter that keeps it out of messages. */
export interface BasicAuth {
  readonly header: string;
  /** Replaces the username and the secret, however they are written, by `***`. */
  redact(text: string): string;
}

/**
 * HTTP Basic with the UTF-8 bytes of `username:secret`.
 *
 * @throws {EngageError} `usage`, where the project or a part of its service account is missing
 */
export function basicAuth({
  projectId,
  serviceAccount,
}: Pick<EngageFields, "projectId" | "serviceAccount">): BasicAuth {
  const { username, secret } = serviceAccount ?? {};
  if (!isFilled(projectId) || !isFilled(username) || !isFilled(secret)) {
    throw new EngageError(
      "usage",
      "Cannot query profiles, `projectId`, `serviceAccount.username` and `serviceAccount.secret` are all needed: " +
        "they stand in Mixpanel's project settings, under Overview and Service Accounts",
    );
  }
  if (SURROGATE.test(`${username}${secret}`)) {
    throw new EngageError(
      "usage",
      "Cannot query profiles, `serviceAccount` holds half a character (a lone surrogate); copy it again",
    );
  }
  const token = base64(`${username}:${secret}`);
  // The longest first, since one may hold another.
  const spellings = [token, ...spellingsOf(username), ...spellingsOf(secret)].sort((a, b) => b.length - a.length);
  return {
    header: `Basic ${token}`,
    redact: (text) => spellings.reduce((redacted, spelling) => redacted.replaceAll(spelling, "***"), text),
  };
}

function isFilled(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "");
}

/** How a server may write `text` when it echoes it: plain, in base64, in a URL, in a form, in JSON. */
function spellingsOf(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const url = encodeURIComponent(text);
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const lower = [url, form].map((escaped) => escaped.replace(/%../g, (byte) => byte.toLowerCase()));
  const slashes = [json, ascii].map((escaped) => escaped.replaceAll("/", "\\/"));
  return [text, base64(text), json, ascii, url, form, ...lower, ...slashes];
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
