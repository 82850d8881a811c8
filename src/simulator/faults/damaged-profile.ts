import { memberText } from "../profiles/object-members.ts";
import { rewriteProperties } from "../profiles/rewrite-properties.ts";
import type { Damage } from "./fault.ts";

/** Every damage there is. */
export const DAMAGES = [
  "nan",
  "control-character",
  "broken-utf-8",
  "properties-list",
  "no-object",
  "unclosed",
] as const satisfies readonly Damage[];

// 0xC3 begins a character of two bytes, and a bracket cannot be its second.
const BROKEN_UTF_8 = Uint8Array.of(0xc3, 0x28);

/** A profile that cannot be read; its id stays readable, but in `no-object`. */
export function damagedProfile(json: string, damage: Damage): string | Uint8Array {
  switch (damage) {
    case "nan":
      return withProperty(json, '"damaged":NaN');
    case "control-character":
      return withProperty(json, '"damaged":"\u0001"');
    case "broken-utf-8":
      return withBrokenText(json);
    case "properties-list":
      return rewriteProperties(json, () => "[]");
    case "no-object":
      return '"not a profile"';
    case "unclosed":
      return json.slice(0, json.lastIndexOf("}"));
  }
}

function withBrokenText(json: string): Uint8Array {
  const mark = '"damaged":"here"';
  const text = withProperty(json, mark);
  const end = text.indexOf(mark) + mark.length - 1;
  const encoder = new TextEncoder();
  return Uint8Array.of(...encoder.encode(text.slice(0, end)), ...BROKEN_UTF_8, ...encoder.encode(text.slice(end)));
}

function withProperty(json: string, property: string): string {
  return rewriteProperties(json, (properties) => `{${[property, ...properties.map(memberText)].join(",")}}`);
}
