import type { ProfilePagesOptions } from "../../index.ts";
import type { Settings } from "../accounts/setting.ts";
import { cohortName } from "../cohorts/resolve-cohort.ts";
import { ArgumentsError } from "./arguments-error.ts";
import type { ExportArguments } from "./export-options.ts";
import type { OptionDefs } from "./option-def.ts";
import { isJsonList, readValue } from "./option-values.ts";
import { queryOptions, requestOptions } from "./query-options.ts";

/**
 * The library's options for what was given on the command line and for the account. What a value may be is the library's
 * to say.
 *
 * @throws {ArgumentsError}
 */
export function profileOptions(given: ExportArguments, settings: Settings): ProfilePagesOptions {
  const value = (option: string) => settings.get(option)?.value;
  const options = {
    projectId: value("projectId"),
    ...(settings.has("bearer")
      ? { bearer: value("bearer") }
      : { serviceAccount: { username: value("username"), secret: value("secret") } }),
    region: value("region"),
    baseUrl: value("baseUrl"),
    workspaceId: value("workspaceId"),
    ...readOptions(oneName(withoutName(given)), { ...queryOptions, ...requestOptions }),
  };
  // Which of them exclude each other is checked at run time.
  return oneId(given, options) as unknown as ProfilePagesOptions;
}

/** The library's options by their names in code, for those that are given. */
function readOptions(given: ExportArguments, defs: OptionDefs): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const [name, def] of Object.entries(defs)) {
    const text = given[name as keyof ExportArguments];
    if (def.option !== undefined && text !== undefined) options[def.option] = readValue(`--${name}`, def, text);
  }
  return options;
}

/** The number of a cohort that is named has to be looked up first. */
function withoutName({ cohort, ...given }: ExportArguments): ExportArguments {
  return cohort === undefined || cohortName({ cohort }) !== undefined ? given : { ...given, cohort };
}

function oneName({ concurrency, ...given }: ExportArguments): ExportArguments {
  if (concurrency === undefined) return given;
  if (given.workers === undefined) return { ...given, workers: concurrency };
  throw new ArgumentsError(`--workers and --concurrency are the same option: ${concurrency}`);
}

/** One id that is no JSON array is asked for as such, which the API answers without a list. */
function oneId(
  { "distinct-id": given }: ExportArguments,
  { distinctIds, ...options }: Readonly<Record<string, unknown>>,
) {
  if (given === undefined) return options;
  const [first = "", ...more] = given;
  return more.length === 0 && !isJsonList(first) ? { ...options, distinctId: first } : { ...options, distinctIds };
}
