import { optionChecks } from "../option.ts";
import type { EffectiveQuery } from "../page/page-result.ts";
import type { ProfilePagesOptions } from "./profile-pages.ts";
import { checkUpdatable } from "./query/effective-query.ts";
import { engageRequest } from "./query/engage-request.ts";
import { authorization } from "./request/authorization.ts";

/**
 * The query of which an update is to fetch what has changed.
 *
 * @throws {EngageError} `usage`, for options that cannot be sent, or that an update cannot be asked with
 */
export function updatableQuery(options: ProfilePagesOptions): EffectiveQuery {
  const { redact } = authorization(options);
  checkUpdatable(options, optionChecks("update the table", redact));
  return engageRequest(options, { redact }).query;
}
