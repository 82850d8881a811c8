import { describe, expect, it } from "vitest";
import { type EngageSimulatorOptions, engageSimulator, type FaultRule } from "../../src/simulator.ts";

describe("engageSimulator", () => {
  it.each<[string, EngageSimulatorOptions]>([
    ["seed", { seed: 1.5 }],
    ["seed", { seed: -1 }],
    ["profiles", { profiles: -1 }],
    ["profiles", { profiles: 2 ** 32 }],
    ["profiles", { profiles: [{}] as unknown as string[] }],
    ["groups", { groups: { companies: 1 } }],
    ["groups[7]", { groups: { "7": 0.5 } }],
    ["pageSize", { pageSize: 0 }],
    ["pageSize", { pageSize: 2_000, maxPageSize: 1_000 }],
    ["maxPageSize", { maxPageSize: Number.NaN }],
    ["projectId", { projectId: "abc" }],
    ["projectId", { projectId: 0 }],
    ["serviceAccount", { serviceAccount: { username: "", secret: "x" } }],
    ["serviceAccount", { serviceAccount: { username: "a:b", secret: "x" } }],
    ["latency", { latency: -1 }],
    ["latency", { latency: Number.POSITIVE_INFINITY }],
    ["jitter", { latency: 1, jitter: 50 }],
    ["concurrentQueries", { concurrentQueries: 0 }],
    ["hourlyQueries", { hourlyQueries: 1.5 }],
    ["concurrentQueries", { concurrentQueries: "5" as unknown as number }],
    ["cohorts", { cohorts: {} as [] }],
    ["cohorts", { cohorts: [{ id: 0, name: "a" }] }],
    ["cohorts", { cohorts: [{ id: 1, name: "" }] }],
    [
      "cohorts",
      {
        cohorts: [
          { id: 1, name: "a" },
          { id: 1, name: "b" },
        ],
      },
    ],
    ["cohorts", { cohorts: [{ id: 1, name: "a", where: "plan = 1" }] }],
    ["cohorts", { cohorts: [{ id: 1, name: "a", dataGroupId: "x" }] }],
    ["cohorts", { cohorts: [{ id: 1, name: "a", count: -1 }] }],
    ["token", { token: "" }],
    ["token", { token: "two words" }],
    ["now", { now: -1 }],
    ["now", { now: Number.NaN }],
    ["reorder", { reorder: 1 as unknown as boolean }],
    ["ignoreWhere", { ignoreWhere: "yes" as unknown as boolean }],
    ["sessionLifetime", { sessionLifetime: Number.NaN }],
    ["faults", { faults: {} as FaultRule[] }],
  ])("refuses options that make no sense, by their names: %s", (name, options) => {
    expect(() => engageSimulator(options)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining(`\`${name}\` must `) }),
    );
  });

  it("never shows the secret or the token in an error", () => {
    const serviceAccount = { username: "a:b", secret: "hush-hush" };
    for (const options of [{ serviceAccount }, { token: "hush hush-hush" }]) {
      expect(() => engageSimulator(options)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("hush-hush") }),
      );
    }
  });

  it("takes a project id as number or text", () => {
    expect(engageSimulator({ projectId: 42 }).projectId).toBe("42");
    expect(engageSimulator({ projectId: "42" }).projectId).toBe("42");
  });
});

describe("validateFaultRule", () => {
  it.each<[string, unknown]>([
    ["kind", { fault: { kind: "explosion" } }],
    ["kind", {}],
    ["page", { page: -1, fault: { kind: "reset" } }],
    ["page", { page: "first", fault: { kind: "reset" } }],
    ["times", { times: 0, fault: { kind: "reset" } }],
    ["share", { share: 0.1, fault: { kind: "reset" } }],
    ["share", { page: "every", share: 10, fault: { kind: "reset" } }],
    ["status", { fault: { kind: "response", status: 99 } }],
    ["body", { fault: { kind: "response", status: 204, body: "" } }],
    ["shape", { fault: { kind: "rate-limit", shape: "monthly" } }],
    ["seconds", { fault: { kind: "rate-limit", shape: "shedding", seconds: 1 } }],
    ["seconds", { fault: { kind: "rate-limit", shape: "window", seconds: 0.5 } }],
    ["during", { fault: { kind: "reset", during: "body" } }],
    ["after", { fault: { kind: "cut", after: 1.5 } }],
    ["after", { fault: { kind: "stall", after: -1 } }],
    ["ending", { fault: { kind: "cut", ending: "silence" } }],
    ["rows", { fault: { kind: "short-page", rows: 0.5 } }],
    ["fields", { fault: { kind: "fields" } }],
    ["fields", { fault: { kind: "fields", fields: [] } }],
    ["shape", { fault: { kind: "rate-limit" } }],
    ["body", { fault: { kind: "response", body: 5 } }],
    ["headers", { fault: { kind: "response", headers: "x" } }],
    ["says", { fault: { kind: "wrong-page", says: -1 } }],
    ["profilesOf", { fault: { kind: "wrong-page", profilesOf: "0" } }],
    ["sessionId", { fault: { kind: "other-session", sessionId: "" } }],
    ["reordered", { fault: { kind: "other-session", reordered: 1 } }],
    ["by", { fault: { kind: "growing-total", by: 0.5 } }],
    ["by", { fault: { kind: "shrinking-page-size", by: 0 } }],
    ["short", { fault: { kind: "shrinking-page-size", short: "yes" } }],
    ["damage", { fault: { kind: "invalid-profile", damage: "infinity" } }],
    ["at", { fault: { kind: "invalid-profile", at: -1 } }],
    ["at", { fault: { kind: "invalid-profile", at: [0, "1"] } }],
    ["of", { fault: { kind: "endless", of: "pages" } }],
    ["bytes", { fault: { kind: "gzip-bomb", bytes: 0 } }],
    ["status", { fault: { kind: "drip", status: 204 } }],
    ["interval", { fault: { kind: "drip", interval: 2 ** 31 } }],
    ["status", { fault: { kind: "echo-credentials", status: 200 } }],
    ["encoding", { fault: { kind: "echo-credentials", encoding: "rot13" } }],
    ["delay", { fault: { kind: "late-headers", delay: 2 ** 31 } }],
    ["rows", { fault: { kind: "empty-page", rows: 1 } }],
    ["tmies", { tmies: 3, fault: { kind: "reset" } }],
    ["faults", null],
  ])("refuses rules that make no sense, and names what is wrong: %s", (name, rule) => {
    expect(() => engageSimulator({ faults: [rule as FaultRule] })).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining(`\`${name}\` must `) }),
    );
  });
});
