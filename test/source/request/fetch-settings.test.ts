import { describe, expect, it } from "vitest";
import type { EngageWarning } from "../../../src/engage-warning.ts";
import { type FetchSettings, fetchSettings } from "../../../src/source/request/fetch-settings.ts";
import { errorOf } from "../../helpers/error-of.ts";

/** Settings of options as someone without a compiler may give them. */
function settings(options: object = {}) {
  const warnings: EngageWarning[] = [];
  return { ...fetchSettings(options as Partial<FetchSettings>, (warning) => warnings.push(warning)), warnings };
}

describe("settings", () => {
  it("have the documented defaults", () => {
    expect(settings()).toEqual({
      concurrency: 5,
      maxRetries: 5,
      timeout: 500_000,
      maxWait: 3_900_000,
      maxPageBytes: 2 ** 30,
      warnings: [],
    });
  });

  it("are taken as they are where they make sense", () => {
    const options = { concurrency: 1, maxRetries: 0, timeout: 0.5, maxWait: 0, maxPageBytes: 1 };
    expect(settings(options)).toEqual({ ...options, warnings: [] });
    expect(settings({ timeout: Number.POSITIVE_INFINITY, maxWait: Number.POSITIVE_INFINITY }).warnings).toEqual([]);
  });

  it.each<[keyof FetchSettings, readonly unknown[]]>([
    ["concurrency", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5", null]],
    ["maxRetries", [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "5", null]],
    ["timeout", [0, -1, Number.NaN, "soon", null]],
    ["maxWait", [-1, Number.NaN, "soon"]],
    ["maxPageBytes", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", null]],
  ])("that make no sense are refused: %s", (name, values) => {
    for (const value of values) {
      const error = errorOf(() => settings({ [name]: value }));
      expect(error).toMatchObject({ code: "usage", option: name });
      const shown = typeof value === "string" ? JSON.stringify(value) : value;
      expect(error.message).toMatch(new RegExp(`^Cannot fetch pages, \`${name}\` must be .*: ${shown}$`));
    }
  });
});

describe("what is used as it is", () => {
  it.each(["fetch", "onWarning", "onInvalidProfile"])("must be a function: %s", (name) => {
    expect(errorOf(() => settings({ [name]: "https://a.example" }))).toMatchObject({
      code: "usage",
      option: name,
      message: `Cannot fetch pages, \`${name}\` must be a function: "https://a.example"`,
    });
    expect(settings({ [name]: () => {} }).warnings).toEqual([]);
  });

  it.each([null, true, {}])("is no signal when it is %j", (signal) => {
    expect(errorOf(() => settings({ signal }))).toMatchObject({ code: "usage", option: "signal" });
    expect(settings({ signal: new AbortController().signal }).warnings).toEqual([]);
  });
});

it("shows no credential that was given for a number", () => {
  const redact = (text: string) => text.replaceAll("hunter2", "***");
  const options = { timeout: "hunter2" } as object;
  expect(errorOf(() => fetchSettings(options, () => {}, redact)).message).toMatch(/milliseconds: \*\*\*$/);
});

describe("a concurrency above 5", () => {
  it.each([6, 20, 1000])("is capped with a warning that names the limit: %i", (concurrency) => {
    const { warnings, ...capped } = settings({ concurrency });
    expect(capped.concurrency).toBe(5);
    expect(warnings).toEqual([
      {
        code: "concurrency-capped",
        message: `Concurrency is capped at 5, the Engage API's limit of concurrent queries: ${concurrency} asked for`,
      },
    ]);
  });

  it("is not the one of 5", () => {
    expect(settings({ concurrency: 5 }).warnings).toEqual([]);
  });
});
