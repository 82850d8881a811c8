import { describe, expect, test } from "vitest";
import { cleanSetting } from "../../../src/cli/accounts/clean-setting.ts";

describe("cleanSetting", () => {
  test.each([
    ["eu\r", "eu"],
    ["  a b\t\n", "a b"],
    ['"eu"', "eu"],
    ["'eu'\r\n", "eu"],
    ['" eu "', "eu"],
    [`"it's"`, "it's"],
    ["\uFEFFeu", "eu"],
  ])("cuts white space and quotes at both ends: %j", (text, value) => {
    expect(cleanSetting(text)).toBe(value);
  });

  test.each([`"eu`, `eu'`, `"eu'`, `"`])("keeps a quote that has no partner: %s", (text) => {
    expect(cleanSetting(text)).toBe(text);
  });

  test.each([undefined, "", "  ", '""', "' '"])("takes one that is empty for one that is not set: %j", (text) => {
    expect(cleanSetting(text)).toBeUndefined();
  });
});
