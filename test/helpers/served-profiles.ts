import { type ExportProfilesOptions, type ExportResult, exportProfiles } from "../../src/index.ts";
import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator } from "../../src/simulator.ts";
import { type RawMembers, rawJson } from "./hostile-profiles.ts";

/** The profile as the API sends it; its id is its place in the list. */
export function profileJson(members: RawMembers, index: number): string {
  return `{"$distinct_id":${JSON.stringify(String(index))},"$properties":${rawJson(members)}}`;
}

/** A project that holds these profiles. */
export function servedProfiles(
  profiles: readonly RawMembers[],
  options: Omit<EngageSimulatorOptions, "profiles"> = {},
): EngageSimulator {
  return engageSimulator({
    hourlyQueries: Number.POSITIVE_INFINITY,
    ...options,
    profiles: profiles.map((members, index) => profileJson(members, index)),
  });
}

/** Exports what a simulator holds into a sink. */
export function exportFrom(
  simulator: EngageSimulator,
  sink: ExportProfilesOptions["sink"],
  options: Pick<
    ExportProfilesOptions,
    "onWarning" | "onPage" | "concurrency" | "maxRetries" | "pageSize" | "limit" | "where" | "signal" | "baseUrl"
  > = {},
): Promise<ExportResult> {
  const { projectId, serviceAccount } = simulator;
  return exportProfiles({ projectId, serviceAccount, fetch: simulator, maxRetries: 0, ...options, sink });
}
