import { isGroupId } from "../profiles/simulated-profiles.ts";
import { whereFilter } from "../where/where-filter.ts";
import { Refusal } from "./refusal.ts";

/** A request as the API understands it. */
export interface RequestedPage {
  readonly page: number;
  readonly sessionId: string | undefined;
  readonly pageSize: number | undefined;
  readonly distinctIds: readonly string[] | undefined;
  readonly outputProperties: readonly string[] | undefined;
  readonly groupId: string | undefined;
  /** Whether a profile's JSON text matches the expression. */
  readonly where: ((json: string) => boolean) | undefined;
  readonly cohortId: number | undefined;
  /** Whether later pages of more than 1,000 profiles are refused: behaviors that no `as_of_timestamp` pins down. */
  readonly unpinned: boolean;
  /** Everything that must be the same on every page of a session. */
  readonly identity: string;
}

/** The body's fields as the API understands them. @throws {Refusal} 400 */
export function readRequest(request: Request, form: Readonly<Record<string, string>>): RequestedPage {
  if (!request.headers.get("Content-Type")?.startsWith("application/x-www-form-urlencoded")) {
    throw new Refusal(400, "The body must be application/x-www-form-urlencoded");
  }
  exclude(form, "behaviors", "filter_by_cohort");
  exclude(form, "distinct_id", "distinct_ids");
  const page = integer(form, "page", 0) ?? 0;
  const sessionId = form.session_id || undefined;
  if (page > 0 && sessionId === undefined) throw new Refusal(400, "session_id is required for pages above 0");
  if (form.behaviors !== undefined) list(form, "behaviors");
  flag(form, "include_all_users");
  const asOfTimestamp = integer(form, "as_of_timestamp", 0);
  return {
    page,
    sessionId,
    pageSize: integer(form, "page_size", 1),
    distinctIds: form.distinct_id === undefined ? list(form, "distinct_ids")?.map(String) : [form.distinct_id],
    outputProperties: texts(form, "output_properties"),
    groupId: groupId(form.data_group_id),
    where: form.where ? whereFilter(form.where) : undefined,
    cohortId: cohortId(form.filter_by_cohort),
    unpinned: form.behaviors !== undefined && asOfTimestamp === undefined,
    identity: identity(new URL(request.url).searchParams, form),
  };
}

function exclude(form: Readonly<Record<string, string>>, one: string, other: string): void {
  if (form[one] !== undefined && form[other] !== undefined) {
    throw new Refusal(400, `${one} and ${other} are mutually exclusive`);
  }
}

function integer(form: Readonly<Record<string, string>>, name: string, min: number): number | undefined {
  const text = form[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw new Refusal(400, `${name} must be an integer from ${min} on: ${text}`);
  }
  return value;
}

function flag(form: Readonly<Record<string, string>>, name: string): void {
  const text = form[name];
  if (text !== undefined && text !== "true" && text !== "false") {
    throw new Refusal(400, `${name} must be true or false: ${text}`);
  }
}

function list(form: Readonly<Record<string, string>>, name: string): readonly unknown[] | undefined {
  const text = form[name];
  if (text === undefined) return undefined;
  const value = parse(text);
  if (!Array.isArray(value)) throw new Refusal(400, `${name} must be a JSON array: ${text}`);
  return value;
}

function texts(form: Readonly<Record<string, string>>, name: string): readonly string[] | undefined {
  return list(form, name)?.map((value) => {
    if (typeof value !== "string") throw new Refusal(400, `${name} must be a JSON array of text: ${form[name]}`);
    return value;
  });
}

function cohortId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const cohort = parse(text);
  const id = typeof cohort === "object" && cohort !== null && "id" in cohort ? cohort.id : undefined;
  if (typeof id === "number" && Number.isSafeInteger(id)) return id;
  throw new Refusal(400, `filter_by_cohort needs an id that is a number: ${text}`);
}

function groupId(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!isGroupId(text)) {
    throw new Refusal(400, `data_group_id must be a signed 64-bit integer: ${text}`);
  }
  return text;
}

function identity(query: URLSearchParams, form: Readonly<Record<string, string>>): string {
  const { page: _, session_id: __, ...same } = form;
  return JSON.stringify([[...query].sort(), Object.entries(same).sort()]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
