export { ConnectionReset } from "./simulator/connection-reset.ts";
export { type EngageSimulator, engageSimulator } from "./simulator/engage-simulator.ts";
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
} from "./simulator/fault.ts";
export { profileJson } from "./simulator/profile-json.ts";
export type { RequestRecord } from "./simulator/request-log.ts";
export type { EngageSimulatorOptions } from "./simulator/simulator-options.ts";
