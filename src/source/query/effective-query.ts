import type { OptionChecks } from "../../option.ts";
import type { EffectiveQuery } from "../../page/page-result.ts";
import type { EngageFields } from "./engage-options.ts";

// Larger pages have not been reported to work.
const MAX_PAGE_SIZE = 40_000;

const NOT_UPDATABLE = [
  "groupId",
  "cohortId",
  "behaviors",
  "asOfTimestamp",
  "distinctId",
  "distinctIds",
  "limit",
] as const satisfies readonly (keyof EngageFields)[];

/** What the export fixes by itself, for all of its pages and for the runs that resume it. */
export type ChosenFields = Pick<EffectiveQuery, "asOfTimestamp" | "updatedSince" | "chosen">;

/**
 * Checks the options of a query and brings them into one form.
 *
 * @param earlier the query of the export that is resumed
 * @throws {EngageError} `usage`, for an option that cannot be sent
 */
export function effectiveQuery(
  host: string,
  options: EngageFields,
  check: OptionChecks,
  earlier: ChosenFields | undefined,
): EffectiveQuery {
  checkCombination(options, check);
  if (options.updatedSince !== undefined) checkUpdatable(options, check);
  const { where, outputProperties, distinctIds } = options;
  const cohortId = ifGiven(options.cohortId, (id) => check.id("cohortId", id));
  const behaviors = ifGiven(options.behaviors, (list) => behaviorsJson(list, check));
  const query: EffectiveQuery = {
    host,
    projectId: String(check.id("projectId", options.projectId)),
    workspaceId: ifGiven(options.workspaceId, (id) => String(check.id("workspaceId", id))),
    where: ifGiven(where, (text) => check.text("where", text)),
    cohortId,
    includeAllUsers: cohortId === undefined ? undefined : (options.includeAllUsers ?? false),
    outputProperties: ifGiven(outputProperties, (names) => propertyNames(names, check)),
    distinctId: ifGiven(options.distinctId, (id) => distinctIdText("distinctId", id, check)),
    distinctIds: ifGiven(distinctIds, (ids) => distinctIdTexts(ids, check)),
    groupId: ifGiven(options.groupId, (id) => groupIdText(id, check)),
    behaviors,
    ...chosenFields(options, behaviors, earlier, check),
    pageSize: ifGiven(options.pageSize, (size) => check.whole("pageSize", size, { from: 1, to: MAX_PAGE_SIZE })),
    limit: ifGiven(options.limit, (limit) => check.whole("limit", limit, { from: 1 })),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as typeof query;
}

function checkCombination(
  { cohortId, behaviors, includeAllUsers, distinctId, distinctIds }: EngageFields,
  check: OptionChecks,
) {
  if (cohortId !== undefined && behaviors !== undefined) {
    check.refuse("behaviors", "must not be given together with `cohortId`");
  }
  if (includeAllUsers !== undefined && cohortId === undefined) {
    check.refuse("includeAllUsers", "must be given together with `cohortId`");
  }
  if (includeAllUsers !== undefined && typeof includeAllUsers !== "boolean") {
    check.refuse("includeAllUsers", "must be true or false", includeAllUsers);
  }
  if (distinctId !== undefined && distinctIds !== undefined) {
    check.refuse("distinctIds", "must not be given together with `distinctId`");
  }
}

/**
 * Refuses what an update cannot be asked with: profiles missing from the answer would count as unchanged, and the members of a
 * cohort or of `behaviors` can change without any profile changing.
 *
 * @throws {EngageError} `usage`
 */
export function checkUpdatable(options: EngageFields, check: OptionChecks): void {
  for (const name of NOT_UPDATABLE) {
    if (options[name] !== undefined) check.refuse(name, "must not be given for an update");
  }
}

function timeText(time: string, check: OptionChecks): string {
  if (typeof time === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(time)) return time;
  return check.refuse("updatedSince", "must be a time such as 2026-11-26T00:00:00, as text without a zone", time);
}

function ifGiven<Given, Checked>(value: Given | undefined, check: (value: Given) => Checked): Checked | undefined {
  return value === undefined ? undefined : check(value);
}

function propertyNames(names: readonly string[], check: OptionChecks): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) {
    check.refuse("outputProperties", "must be a list of names, or left out to ask for all properties", names);
  }
  return names.map((name) => check.text("outputProperties", name));
}

function distinctIdTexts(ids: readonly (string | number)[], check: OptionChecks): readonly string[] {
  if (!Array.isArray(ids)) check.refuse("distinctIds", "must be a list", ids);
  return [...new Set(ids.map((id) => distinctIdText("distinctIds", id, check)))];
}

function distinctIdText(option: string, id: string | number, check: OptionChecks): string {
  if (typeof id !== "number") return check.text(option, id);
  if (Number.isSafeInteger(id)) return String(id);
  return check.refuse(option, "must be given as text when it is a number beyond 2^53, which has lost digits", id);
}

function groupIdText(id: string, check: OptionChecks): string {
  if (typeof id !== "string") {
    check.refuse("groupId", "must be given as text, since a number loses digits beyond 2^53", id);
  }
  const text = id.trim();
  if (!/^-?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    check.refuse("groupId", "must be a signed 64-bit number, as text", id);
  }
  return text;
}

function behaviorsJson(behaviors: string | readonly unknown[], check: OptionChecks): string {
  let text = "";
  let list: unknown;
  try {
    text = typeof behaviors === "string" ? behaviors : JSON.stringify(behaviors);
    list = JSON.parse(text);
  } catch {
    // Text that is no JSON is no list either.
  }
  if (Array.isArray(list) && list.length > 0) return text;
  return check.refuse("behaviors", "must be a list with at least one entry", text);
}

function chosenFields(
  { updatedSince, asOfTimestamp: given }: EngageFields,
  behaviors: string | undefined,
  earlier: ChosenFields | undefined,
  check: OptionChecks,
): ChosenFields {
  const since = earlier === undefined ? updatedSince : earlier.updatedSince;
  if (since !== undefined) return { updatedSince: timeText(since, check), chosen: ["updatedSince"] };
  if (given !== undefined) {
    return { asOfTimestamp: check.whole("asOfTimestamp", given, { unit: "Unix seconds" }) };
  }
  if (behaviors === undefined) return {};
  const frozen = earlier?.chosen?.includes("asOfTimestamp") ? earlier.asOfTimestamp : undefined;
  return { asOfTimestamp: frozen ?? Math.floor(Date.now() / 1000), chosen: ["asOfTimestamp"] };
}
