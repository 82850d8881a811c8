export { ConnectionReset } from "./simulator/connection-reset.ts";
export { type EngageSimulator, engageSimulator } from "./simulator/engage-simulator.ts";
export type { Fault, FaultFunction, FaultRule, SimulatedRequest } from "./simulator/fault.ts";
export { profileJson } from "./simulator/profile-json.ts";
export type { RequestRecord } from "./simulator/request-log.ts";
export type { EngageSimulatorOptions } from "./simulator/simulator-options.ts";
