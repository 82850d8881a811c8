import type { CredentialsEncoding } from "./fault.ts";

/** Every way in which credentials can be echoed. */
export const CREDENTIALS_ENCODINGS = [
  "plain",
  "decoded",
  "base64url",
  "percent",
  "html",
  "lines",
  "cut",
] as const satisfies readonly CredentialsEncoding[];

/** An error text that repeats an Authorization header, in one way or in all of them. */
export function credentialsEcho(authorization: string, encoding: CredentialsEncoding | undefined): string {
  const encodings = encoding === undefined ? CREDENTIALS_ENCODINGS : [encoding];
  return `Invalid credentials: ${encodings.map((each) => encoded(authorization, each)).join("; ")}`;
}

function encoded(authorization: string, encoding: CredentialsEncoding): string {
  switch (encoding) {
    case "plain":
      return authorization;
    case "decoded":
      return decoded(authorization);
    case "base64url":
      return authorization.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    case "percent":
      return eachByte(authorization, (byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`);
    case "html":
      return eachByte(authorization, (byte) => `&#x${byte.toString(16)};`);
    case "lines":
      return authorization.replace(/.{10}/g, "$&\r\n ");
    case "cut":
      return authorization.slice(0, Math.ceil((authorization.length * 2) / 3));
  }
}

/** `username:secret`; a token stays as it is. */
function decoded(authorization: string): string {
  const [, base64] = /^basic +(.+)$/i.exec(authorization) ?? [];
  if (base64 === undefined) return authorization;
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

function eachByte(text: string, write: (byte: number) => string): string {
  return [...new TextEncoder().encode(text)].map(write).join("");
}
