import { type ProfilePagesOptions, profilePages } from "../../index.ts";
import { listCohorts } from "../../source/list-cohorts.ts";
import type { Messages } from "../terminal/messages.ts";
import { findCohort } from "./find-cohort.ts";

/** Any number does to check what stands beside it. */
export const SOME_COHORT = 1;

/** What `--cohort` says, when that is a name and not a number. */
export function cohortName({ cohort }: { readonly cohort?: string }): string | undefined {
  const text = cohort?.trim() ?? "";
  return text === "" || /^[-+]?\d+(\.\d+)?$/.test(text) ? undefined : text;
}

/**
 * Refuses what cannot be asked, then asks for the number of the cohort when a name is given: one query, said before it goes.
 *
 * @throws {EngageError}
 */
export async function resolveCohort(
  options: ProfilePagesOptions,
  name: string | undefined,
  messages: Messages,
): Promise<ProfilePagesOptions> {
  if (name === undefined) {
    await profilePages(options).cancel();
    return options;
  }
  await profilePages({ ...options, cohortId: SOME_COHORT } as ProfilePagesOptions).cancel();
  messages.note(`one query looks up the number of the cohort; Mixpanel counts it toward the 60 of an hour: ${name}`);
  const cohorts = await listCohorts({ ...options, onWarning: ({ message }) => messages.warning(message) });
  return { ...options, cohortId: findCohort(cohorts, name).id } as ProfilePagesOptions;
}
