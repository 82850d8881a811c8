import { EngageError } from "../../engage-error.ts";
import type { Cohort } from "../../source/list-cohorts.ts";
import { nearest } from "../arguments/nearest.ts";

const LISTED = 100;

/**
 * The cohort of that name.
 *
 * @throws {EngageError} `usage`, with the cohorts there are, when none or several have it
 */
export function findCohort(cohorts: readonly Cohort[], name: string): Cohort {
  const named = cohorts.filter((cohort) => cohort.name.trim() === name);
  const [found, ...others] = named;
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined) {
    throw refusal(`${named.length} cohorts have this name, so --cohort must be the number of one: ${name}`, named);
  }
  if (cohorts.length === 0) throw refusal(`the project has none: ${name}`, []);
  const names = cohorts.map((cohort) => cohort.name);
  const near = nearest(name, names);
  throw refusal(`none has this name: ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, cohorts);
}

function refusal(reason: string, cohorts: readonly Cohort[]): EngageError {
  const listed = cohorts.slice(0, LISTED);
  const width = Math.max(...listed.map(({ id }) => String(id).length));
  const lines = listed.map(({ id, name }) => `  ${String(id).padStart(width)}  ${oneLine(name)}`);
  const more = cohorts.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more, which engage-export cohorts lists`);
  return new EngageError("usage", [`Cannot find the cohort, ${reason}`, ...lines].join("\n"));
}

function oneLine(name: string): string {
  return name.replace(/\s+/g, " ");
}
