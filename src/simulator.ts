export { type EngageSimulator, engageSimulator } from "./simulator/engage-simulator.ts";
export { ConnectionReset } from "./simulator/faults/connection-reset.ts";
export type {
  CutFault,
  EmptyPageFault,
  Fault,
  FaultFunction,
  FaultRule,
  FieldsFault,
  HangFault,
  LostSessionFault,
  RateLimitFault,
  ResetFault,
  ResponseFault,
  ShortPageFault,
  SimulatedRequest,
  StallFault,
  TimeoutFault,
} from "./simulator/faults/fault.ts";
export { profileJson } from "./simulator/profiles/profile-json.ts";
export type { RequestRecord } from "./simulator/requests/request-log.ts";
export type { EngageSimulatorOptions } from "./simulator/simulator-options.ts";
