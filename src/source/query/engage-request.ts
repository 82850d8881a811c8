import { optionChecks } from "../../option.ts";
import type { EffectiveQuery } from "../../page/page-result.ts";
import { type ChosenFields, effectiveQuery } from "./effective-query.ts";
import { engageAddress } from "./engage-address.ts";
import type { EngageFields } from "./engage-options.ts";

/** A query that is fit to be sent. */
export interface EngageRequest {
  /** With `project_id` and `workspace_id`; everything else goes into the body, out of URL logs. */
  readonly url: string;
  readonly form: ReadonlyMap<string, string>;
  readonly query: EffectiveQuery;
  /** `distinctIds` was given and is empty. */
  readonly asksForNothing: boolean;
}

/** What a request needs to know beside its options. */
export interface RequestContext {
  /** Takes credentials out of the values that an error shows. */
  readonly redact?: (text: string) => string;
  /** The query of the export that is resumed. */
  readonly earlier?: ChosenFields | undefined;
}

/**
 * Turns options into the form the Engage API takes.
 *
 * @throws {EngageError} `usage`, for an option that cannot be sent
 */
export function engageRequest(options: EngageFields, { redact, earlier }: RequestContext = {}): EngageRequest {
  const { host, endpoint } = engageAddress(options, optionChecks("reach Mixpanel", redact));
  const query = effectiveQuery(host, options, optionChecks("query profiles", redact), earlier);
  const url = new URL(endpoint);
  url.searchParams.set("project_id", query.projectId);
  if (query.workspaceId !== undefined) url.searchParams.set("workspace_id", query.workspaceId);
  return { url: url.href, form: formFields(query), query, asksForNothing: query.distinctIds?.length === 0 };
}

function formFields(query: EffectiveQuery): ReadonlyMap<string, string> {
  const properties = sentProperties(query);
  const fields: Record<string, string | undefined> = {
    where: filter(query),
    filter_by_cohort: query.cohortId === undefined ? undefined : JSON.stringify({ id: query.cohortId }),
    include_all_users: query.includeAllUsers?.toString(),
    output_properties: properties && JSON.stringify(properties),
    distinct_id: query.distinctId,
    distinct_ids: query.distinctIds && JSON.stringify(query.distinctIds),
    data_group_id: query.groupId,
    behaviors: query.behaviors,
    as_of_timestamp: query.asOfTimestamp?.toString(),
    page_size: query.pageSize?.toString(),
  };
  return new Map(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined));
}

/** The user's expression, and what leaves out the profiles that an update need not fetch. */
function filter({ where, updatedSince }: EffectiveQuery): string | undefined {
  if (updatedSince === undefined) return where;
  const isUpdated = `(properties["$last_seen"] >= "${updatedSince}" or not defined(properties["$last_seen"]))`;
  return where === undefined ? isUpdated : `(${where}) and ${isUpdated}`;
}

/** An update asks for `$last_seen` too, since that shows whether the filter was applied. */
function sentProperties({ outputProperties, updatedSince }: EffectiveQuery): readonly string[] | undefined {
  if (updatedSince === undefined || outputProperties === undefined) return outputProperties;
  return [...new Set([...outputProperties, "$last_seen"])];
}
