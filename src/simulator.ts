export { type EngageSimulator, engageSimulator } from "./simulator/engage-simulator.ts";
export { ConnectionReset } from "./simulator/faults/connection-reset.ts";
export type {
  CredentialsEncoding,
  CutFault,
  Damage,
  DripFault,
  EchoCredentialsFault,
  EmptyPageFault,
  EndlessFault,
  Fault,
  FaultFunction,
  FaultRule,
  FieldsFault,
  GrowingTotalFault,
  GzipBombFault,
  HangFault,
  InvalidProfileFault,
  LateHeadersFault,
  LostSessionFault,
  OtherSessionFault,
  RateLimitFault,
  ResetFault,
  ResponseFault,
  ShortPageFault,
  ShrinkingPageSizeFault,
  SimulatedRequest,
  StallFault,
  TimeoutFault,
  WrongPageFault,
} from "./simulator/faults/fault.ts";
export type { ChangedIds } from "./simulator/profiles/changing-profiles.ts";
export type { ProfileChanges } from "./simulator/profiles/profile-changes.ts";
export { profileJson } from "./simulator/profiles/profile-json.ts";
export type { SimulatedCohort } from "./simulator/profiles/simulated-cohort.ts";
export type { ConcurrencyLimit } from "./simulator/requests/query-limits.ts";
export type { RequestRecord } from "./simulator/requests/request-log.ts";
export type { EngageSimulatorOptions } from "./simulator/simulator-options.ts";
