import { EngageError } from "../../engage-error.ts";
import { type OptionChecks, optionChecks } from "../../option.ts";
import type { Bearer, EngageFields, ServiceAccount } from "../query/engage-options.ts";
import { isClean } from "./is-clean.ts";
import { Redaction } from "./redaction.ts";

/** Signs the requests of an export, and keeps its credentials out of messages. */
export interface Authorization {
  /**
   * The value of the `Authorization` header, asked for before each request.
   *
   * @throws {EngageError} `unauthorized`, when the caller's function gives no token
   */
  header(): string | Promise<string>;
  /** Replaces every credential that was used so far, however it is written, by `***`. */
  redact(text: string): string;
}

type Credentials = Pick<EngageFields, "projectId" | "serviceAccount" | "bearer">;

const TASK = "query profiles";
const SURROGATE = /\p{Surrogate}/u;
// https://www.rfc-editor.org/rfc/rfc6750#section-2.1, and what else a header may hold.
const TOKEN = /^[\x21-\x7e]+$/;

/** @throws {EngageError} `usage`, when the project or the way to sign requests is missing or given twice */
export function authorization({ projectId, serviceAccount, bearer }: Credentials): Authorization {
  const check = optionChecks(TASK);
  if (serviceAccount !== undefined && bearer !== undefined) {
    check.refuse(
      "bearer",
      "must not be given together with `serviceAccount`, since a request is signed by one of them",
    );
  }
  const isSigned = bearer === undefined ? isAccount(serviceAccount) : isFilled(bearer) || typeof bearer === "function";
  const isProject = typeof projectId === "number" || isFilled(projectId);
  if (!isSigned || !isProject) throw missing(isProject ? "serviceAccount" : "projectId");
  return bearer === undefined ? basic(serviceAccount as ServiceAccount, check) : bearing(bearer, check);
}

/** HTTP Basic with the UTF-8 bytes of `username:secret`. */
function basic(account: ServiceAccount, check: OptionChecks): Authorization {
  const username = account.username.trim();
  const secret = account.secret.trim();
  if (SURROGATE.test(`${username}${secret}`)) {
    check.refuse("serviceAccount", "must be copied again, since it holds half a character (a lone surrogate)");
  }
  const token = btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${secret}`)));
  const redaction = new Redaction();
  redaction.addSecret(token);
  redaction.addSecret(secret);
  redaction.addName(username);
  return { header: () => `Basic ${token}`, redact: redaction.redact };
}

function bearing(bearer: Bearer, check: OptionChecks): Authorization {
  const redaction = new Redaction();
  const { redact } = redaction;
  const headerOf = (given: unknown): string | undefined => {
    const token = typeof given === "string" ? given.trim() : "";
    if (!TOKEN.test(token)) return undefined;
    redaction.addSecret(token);
    return `Bearer ${token}`;
  };
  if (typeof bearer === "string") {
    const header =
      headerOf(bearer) ?? check.refuse("bearer", "must be the token alone, in printable ASCII without spaces");
    return { header: () => header, redact };
  }
  const header = async (): Promise<string> => {
    let given: unknown;
    try {
      given = await bearer();
    } catch (cause) {
      throw noToken("it failed", isClean(cause, redact) ? { cause } : {});
    }
    const header = headerOf(given);
    if (header === undefined) throw noToken("it must give the token alone, in printable ASCII without spaces");
    return header;
  };
  return { header, redact };
}

function isAccount(account: Partial<ServiceAccount> | undefined | null): account is ServiceAccount {
  return isFilled(account?.username) && isFilled(account?.secret);
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function missing(option: string): EngageError {
  const message =
    "Cannot query profiles, `projectId` and either `serviceAccount.username` and `serviceAccount.secret`, or `bearer`, are needed: " +
    "Mixpanel shows them in the project settings, under Overview and Service Accounts";
  return new EngageError("usage", message, { option });
}

function noToken(why: string, cause: { readonly cause?: unknown } = {}): EngageError {
  const message = `Cannot get a token from the function \`bearer\`, ${why}`;
  return new EngageError("unauthorized", message, { ...cause, option: "bearer" });
}
