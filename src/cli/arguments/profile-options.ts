import { EngageError } from "../../engage-error.ts";
import type { EngageFields, ProfilePagesOptions, Region } from "../../index.ts";
import { readSecret } from "../accounts/read-secret.ts";
import type { CommandIO } from "../command-io.ts";
import type { ExportArguments } from "./export-options.ts";

/**
 * The library's options for what was given on the command line and in the environment; a flag beats the environment.
 * What a value may be is the library's to say.
 *
 * @throws {EngageError} `usage`
 */
export async function profileOptions(given: ExportArguments, io: CommandIO): Promise<ProfilePagesOptions> {
  const { env } = io;
  const options = {
    ...(await account(given, io)),
    region: (given.region ?? filled(env.MP_REGION)) as Region | undefined,
    baseUrl: given["base-url"] ?? filled(env.MP_API_BASE_URL),
    workspaceId: given["workspace-id"] ?? filled(env.MP_WORKSPACE_ID),
    where: given.where,
    cohortId: given.cohort,
    includeAllUsers: given["include-all-users"],
    outputProperties: given["output-properties"] && texts("--output-properties", given["output-properties"]),
    ...distinctIds(given["distinct-id"]),
    groupId: given["group-id"],
    behaviors: given.behaviors && jsonList(given.behaviors),
    asOfTimestamp: wholeNumber("--as-of-timestamp", given["as-of-timestamp"]),
    pageSize: wholeNumber("--page-size", given["page-size"]),
    limit: wholeNumber("--limit", given.limit),
    concurrency: concurrency(given),
    maxRetries: wholeNumber("--max-retries", given["max-retries"]),
    timeout: milliseconds("--timeout", given.timeout),
    maxWait: milliseconds("--max-wait", given["max-wait"]),
  };
  // Which of them exclude each other is checked at run time.
  return options as ProfilePagesOptions;
}

/** @throws {EngageError} `usage`, where `text` is no whole number */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw new EngageError("usage", `${flag} takes a whole number: ${text}`);
  return Number(text);
}

async function account(given: ExportArguments, io: CommandIO) {
  const projectId = given["project-id"] ?? filled(io.env.MP_PROJECT_ID);
  const username = given.username ?? filled(io.env.MP_USERNAME);
  const secretFile = given["secret-file"];
  const secret = secretFile === undefined ? filled(io.env.MP_SECRET) : await readSecret(secretFile, io);
  if (projectId !== undefined && username !== undefined && secret !== undefined) {
    return { projectId, serviceAccount: { username, secret } };
  }
  const mark = (value: string | undefined) => (value === undefined ? "missing" : "given  ");
  throw new EngageError(
    "usage",
    [
      "Cannot query profiles without a project and the username and secret of a service account",
      `  project id  ${mark(projectId)}  --project-id ID     or MP_PROJECT_ID`,
      `  username    ${mark(username)}  --username NAME     or MP_USERNAME`,
      `  secret      ${mark(secret)}  --secret-file FILE  or MP_SECRET`,
      "Mixpanel shows them in the project settings, under Overview and Service Accounts",
    ].join("\n"),
  );
}

function concurrency(given: ExportArguments): number | undefined {
  if (given.workers !== undefined && given.concurrency !== undefined) {
    throw new EngageError("usage", `--workers and --concurrency are the same option: ${given.concurrency}`);
  }
  return wholeNumber("--workers", given.workers ?? given.concurrency);
}

function milliseconds(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw new EngageError("usage", `${flag} takes seconds: ${text}`);
  return Math.round(Number(text) * 1000);
}

function distinctIds(given: readonly string[] | undefined): Pick<EngageFields, "distinctId" | "distinctIds"> {
  if (given === undefined) return {};
  const [first = "", ...more] = given;
  if (more.length === 0 && !isJsonList(first)) return { distinctId: first };
  return { distinctIds: texts("--distinct-id", given) };
}

/** Values that are each a text or a JSON array of texts, as one list. */
function texts(flag: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => (isJsonList(value) ? parseTexts(flag, value) : [value]));
}

function parseTexts(flag: string, json: string): readonly string[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw new EngageError("usage", `${flag} begins like a JSON array and is none: ${json}`);
  }
  return (list as readonly unknown[]).map((item) => {
    if (typeof item === "string") return item;
    if (Number.isSafeInteger(item)) return String(item);
    throw new EngageError("usage", `${flag} takes a JSON array of texts, in double quotes: ${JSON.stringify(item)}`);
  });
}

/** Values that are each a JSON value or a JSON array, as the text of one array; numbers keep every digit. */
function jsonList(values: readonly string[]): string {
  const items = values.map((value) => (isJsonList(value) ? value.trim().slice(1, -1) : value));
  return `[${items.filter((item) => item.trim() !== "").join(",")}]`;
}

function isJsonList(value: string): boolean {
  return value.trimStart().startsWith("[");
}

/** An empty variable is one that is not set. */
function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}
