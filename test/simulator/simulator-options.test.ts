import { describe, expect, it } from "vitest";
import { type EngageSimulatorOptions, engageSimulator, type FaultRule } from "../../src/simulator.ts";

describe("options", () => {
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
    ["sessionLifetime", { sessionLifetime: Number.NaN }],
    ["faults", { faults: {} as FaultRule[] }],
  ])("that make no sense are a usage error that names them: %s", (name, options) => {
    expect(() => engageSimulator(options)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining(`\`${name}\` is `) }),
    );
  });

  it("never show the secret in an error", () => {
    const serviceAccount = { username: "a:b", secret: "hush-hush" };
    expect(() => engageSimulator({ serviceAccount })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hush-hush") }),
    );
  });

  it("take a project id as number or text", () => {
    expect(engageSimulator({ projectId: 42 }).projectId).toBe("42");
    expect(engageSimulator({ projectId: "42" }).projectId).toBe("42");
  });
});

describe("fault rules", () => {
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
  ])("that make no sense are a usage error that names what is wrong: %s", (name, rule) => {
    expect(() => engageSimulator({ faults: [rule as FaultRule] })).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining(`\`${name}\` is `) }),
    );
  });
});
