/** A saved selection of profiles. */
export interface SimulatedCohort {
  readonly id: number;
  readonly name: string;
  readonly description?: string;
  /** Who is in it: an expression as in `where`; by default everybody. */
  readonly where?: string;
  /** The `data_group_id` of the group whose profiles are in it; by default users. */
  readonly dataGroupId?: string;
  /** What the list of cohorts says; by default how many are in it. */
  readonly count?: number;
}

/** The cohorts of a project for which none are given. */
export const DEFAULT_COHORTS: readonly SimulatedCohort[] = [
  { id: 1001, name: "Paying customers", where: 'properties["plan"] != "free" and defined(properties["plan"])' },
  { id: 1002, name: "Power users", description: "More than 2,000 sessions", where: 'properties["sessions"] > 2000' },
  { id: 1003, name: "Unhappy promoters", where: 'properties["nps"] >= 9 and "churn-risk" in properties["tags"]' },
];
