import { EngageError } from "../../engage-error.ts";
import type { EffectiveQuery } from "../../page/page-result.ts";
import { engageAddress, type Region } from "./engage-address.ts";

/** Whose profiles are read, and which of them. */
export interface EngageFields {
  /** A positive integer. */
  projectId: string | number;
  /** Sent as HTTP Basic, in UTF-8, to the configured host only. */
  serviceAccount: { readonly username: string; readonly secret: string };
  /** Where the project's data lives. Default `us`. */
  region?: Region;
  /** Needed for projects with Data Views. */
  workspaceId?: string | number;
  /** Scheme, host and an optional path before `/api/query/engage`, instead of a region; plain http only to loopback. */
  baseUrl?: string;
  /** An expression such as `properties["plan"] == "pro"`. */
  where?: string;
  /** Only members of this cohort. Not together with `behaviors`. */
  cohortId?: number | string;
  /** With a cohort, also its ids that have no profile. Default false (the API's own default is true). */
  includeAllUsers?: boolean;
  /** Names of the properties to send, all by default; a short list shrinks the response a lot. */
  outputProperties?: readonly string[];
  /** One profile. Not together with `distinctIds`. */
  distinctId?: string | number;
  /** These profiles, each once; with none of them nothing is requested. */
  distinctIds?: readonly (string | number)[];
  /** Group profiles: the group's `data_group_id`, a signed 64-bit number as text. */
  groupId?: string;
  /** Event selectors for `where` on `behaviors["name"]`: a list, or its JSON text. Not together with `cohortId`. */
  behaviors?: string | readonly unknown[];
  /** Unix seconds. Default with `behaviors`: the time when the export starts, the same for all pages. */
  asOfTimestamp?: number;
  /** Profiles a page, 1 to 40,000; the response's own figure counts. Default: what the server chooses (1,000). */
  pageSize?: number;
  /** Stop after so many profiles, with no page more than needed. */
  limit?: number;
}

/** {@link EngageFields}, less the combinations that the API refuses. */
export type EngageOptions = EngageFields &
  ({ readonly behaviors?: never } | { readonly cohortId?: never; readonly includeAllUsers?: never }) &
  ({ readonly distinctIds?: never } | { readonly distinctId?: never });

/** A query that is fit to be sent. */
export interface EngageRequest {
  /** With `project_id` and `workspace_id`; everything else goes into the body, out of URL logs. */
  readonly url: string;
  readonly form: ReadonlyMap<string, string>;
  readonly query: EffectiveQuery;
  /** `distinctIds` was given and is empty. */
  readonly asksForNothing: boolean;
}

// Reported to work; beyond it nobody has said anything.
const MAX_PAGE_SIZE = 40_000;

/**
 * Turns options into the form the Engage API takes.
 *
 * @throws {EngageError} `usage`, where an option cannot be sent
 */
export function engageRequest(options: EngageFields): EngageRequest {
  const { host, endpoint } = engageAddress(options.baseUrl, options.region);
  const query = effectiveQuery(host, options);
  const url = new URL(endpoint);
  url.searchParams.set("project_id", query.projectId);
  if (query.workspaceId !== undefined) url.searchParams.set("workspace_id", query.workspaceId);
  return { url: url.href, form: formFields(query), query, asksForNothing: query.distinctIds?.length === 0 };
}

/** Whether two queries ask for the same. */
export function sameQuery(one: EffectiveQuery, other: EffectiveQuery): boolean {
  return canonical(one) === canonical(other);
}

function effectiveQuery(host: string, options: EngageFields): EffectiveQuery {
  const { where, outputProperties } = options;
  const cohortId = options.cohortId === undefined ? undefined : positiveInteger("cohortId", options.cohortId);
  if (cohortId !== undefined && options.behaviors !== undefined)
    refuse("`cohortId` and `behaviors` exclude each other");
  if (options.includeAllUsers !== undefined && cohortId === undefined) refuse("`includeAllUsers` needs `cohortId`");
  if (options.distinctId !== undefined && options.distinctIds !== undefined) {
    refuse("`distinctId` and `distinctIds` exclude each other");
  }
  for (const name of ["where", "distinctId", "groupId", "behaviors"] as const) {
    if (options[name] === "") refuse(`\`${name}\` is empty; leave it out to ask for everything`);
  }
  for (const name of ["outputProperties", "distinctIds"] as const) {
    const list: unknown = options[name];
    if (list !== undefined && !Array.isArray(list)) refuse(`\`${name}\` must be a list`, list);
  }
  if (outputProperties?.length === 0) refuse("`outputProperties` is empty; leave it out to ask for all properties");
  for (const name of outputProperties ?? []) {
    if (typeof name !== "string" || name === "") refuse("`outputProperties` holds names of properties", name);
  }
  if (options.distinctId !== undefined) checkDistinctId(options.distinctId);
  for (const id of options.distinctIds ?? []) checkDistinctId(id);
  const behaviors = behaviorsJson(options.behaviors);
  const query = {
    host,
    projectId: String(positiveInteger("projectId", options.projectId)),
    workspaceId:
      options.workspaceId === undefined ? undefined : String(positiveInteger("workspaceId", options.workspaceId)),
    where,
    cohortId,
    includeAllUsers: cohortId === undefined ? undefined : (options.includeAllUsers ?? false),
    outputProperties: outputProperties && [...outputProperties],
    distinctId: options.distinctId === undefined ? undefined : String(options.distinctId),
    distinctIds: options.distinctIds && [...new Set(options.distinctIds.map(String))],
    groupId: options.groupId === undefined ? undefined : groupIdText(options.groupId),
    behaviors,
    asOfTimestamp: asOf(options.asOfTimestamp, behaviors),
    pageSize: options.pageSize === undefined ? undefined : pageSizeOf(options.pageSize),
    limit: options.limit === undefined ? undefined : positiveInteger("limit", options.limit),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as typeof query;
}

function formFields(query: EffectiveQuery): ReadonlyMap<string, string> {
  const fields: Record<string, string | undefined> = {
    where: query.where,
    filter_by_cohort: query.cohortId === undefined ? undefined : JSON.stringify({ id: query.cohortId }),
    include_all_users: query.includeAllUsers?.toString(),
    output_properties: query.outputProperties && JSON.stringify(query.outputProperties),
    distinct_id: query.distinctId,
    distinct_ids: query.distinctIds && JSON.stringify(query.distinctIds),
    data_group_id: query.groupId,
    behaviors: query.behaviors,
    as_of_timestamp: query.asOfTimestamp?.toString(),
    page_size: query.pageSize?.toString(),
  };
  return new Map(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined));
}

function positiveInteger(name: string, value: string | number): number {
  const text = String(value).trim();
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number < 1 || !Number.isSafeInteger(number)) refuse(`\`${name}\` must be a positive whole number`, value);
  return number;
}

function pageSizeOf(value: number): number {
  const size = positiveInteger("pageSize", value);
  if (size > MAX_PAGE_SIZE) refuse("`pageSize` must be at most 40,000, the largest size reported to work", value);
  return size;
}

function groupIdText(value: string): string {
  if (typeof value !== "string") {
    refuse("`groupId` must be text: a number would lose digits beyond 2^53", value);
  }
  const text = value.trim();
  if (!/^-?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    refuse("`groupId` must be a signed 64-bit number, as text", value);
  }
  return text;
}

function checkDistinctId(id: string | number): void {
  if (typeof id === "number" && !Number.isSafeInteger(id)) {
    refuse("an id that is a number beyond 2^53 has lost digits; give it as text", id);
  }
  if ((typeof id !== "number" && typeof id !== "string") || id === "") refuse("an id must be text and not empty", id);
}

function behaviorsJson(behaviors: string | readonly unknown[] | undefined): string | undefined {
  if (behaviors === undefined) return undefined;
  let text = "";
  let list: unknown;
  try {
    text = typeof behaviors === "string" ? behaviors : JSON.stringify(behaviors);
    list = JSON.parse(text);
  } catch {
    // What is no JSON is no list either.
  }
  if (!Array.isArray(list) || list.length === 0) refuse("`behaviors` must be a list with at least one entry", text);
  return text;
}

function asOf(asOfTimestamp: number | undefined, behaviors: string | undefined): number | undefined {
  if (asOfTimestamp === undefined) return behaviors === undefined ? undefined : Math.floor(Date.now() / 1000);
  if (!Number.isSafeInteger(asOfTimestamp) || asOfTimestamp < 0) {
    refuse("`asOfTimestamp` must be whole Unix seconds", asOfTimestamp);
  }
  return asOfTimestamp;
}

function refuse(problem: string, ...value: unknown[]): never {
  const shown = value.map((each) => `: ${typeof each === "string" ? JSON.stringify(each) : each}`);
  throw new EngageError("usage", `Cannot query profiles, ${problem}${shown.join("")}`);
}

function canonical(query: EffectiveQuery): string {
  return JSON.stringify(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
}
