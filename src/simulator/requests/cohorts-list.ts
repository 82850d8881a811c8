import type { SimulatedCohort } from "../profiles/simulated-cohort.ts";
import type { SimulatedProfiles } from "../profiles/simulated-profiles.ts";
import { jsonResponse } from "./refusal.ts";

/** The project's cohorts as the API lists them, in their order. */
export async function cohortsList(
  cohorts: readonly SimulatedCohort[],
  projectId: string,
  profiles: SimulatedProfiles,
): Promise<Response> {
  const list: unknown[] = [];
  for (const cohort of cohorts) {
    list.push({
      count: await profiles.count(cohort),
      is_visible: 1,
      description: cohort.description ?? "",
      created: "2024-01-02 03:04:05",
      project_id: Number(projectId),
      id: cohort.id,
      name: cohort.name,
      data_group_id: cohort.dataGroupId ?? null,
    });
  }
  return jsonResponse(200, JSON.stringify(list));
}
