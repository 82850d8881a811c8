import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { replaceLoneSurrogates, wellFormedId } from "../../../src/sink/columns/replace-lone-surrogates.ts";

const replaced = String.raw`\ufffd`;

function inJson(json: string): { readonly text: string; readonly count: number } {
  const bytes = new TextEncoder().encode(json);
  const count = replaceLoneSurrogates(bytes);
  return { text: new TextDecoder().decode(bytes), count };
}

describe("replaceLoneSurrogates", () => {
  test.each([
    [String.raw`"\ud83d"`, `"${replaced}"`, 1],
    [String.raw`"\uDE00 x"`, `"${replaced} x"`, 1],
    [String.raw`"\ud83d\ud83d\ude00"`, String.raw`"${replaced}\ud83d\ude00"`, 1],
    [String.raw`"\ude00\ud83d"`, `"${replaced}${replaced}"`, 2],
    [String.raw`"\ud83d\n\ude00"`, String.raw`"${replaced}\n${replaced}"`, 2],
    [String.raw`"\\\ud83d"`, String.raw`"\\${replaced}"`, 1],
  ])("%s becomes %s", (json, text, count) => {
    expect(inJson(json)).toEqual({ text, count });
  });

  test.each([
    String.raw`"\ud83d\ude00"`,
    String.raw`"\uD83D\uDE00"`,
    String.raw`"\\ud83d"`,
    String.raw`"\\\\ud83d \" \\"`,
    String.raw`"\u0000\ud7ff\ue000"`,
    '"😀"',
  ])("%s stays as it is", (json) => {
    expect(inJson(json)).toEqual({ text: json, count: 0 });
  });

  test("the value of the text is that of the value made well-formed, for any value", () => {
    const unit = fc.integer({ min: 0, max: 0xffff });
    const surrogate = fc.integer({ min: 0xd7fe, max: 0xe001 });
    const units = fc.array(fc.oneof(unit, surrogate, fc.constantFrom(0x5c, 0x22, 0x75, 0x64)));
    fc.assert(
      fc.property(units, fc.boolean(), (codes, escapeAll) => {
        const text = String.fromCharCode(...codes);
        const escaped = [...codes].map((code) => `\\u${code.toString(16).padStart(4, "0")}`).join("");
        const json = escapeAll ? `"${escaped}"` : JSON.stringify(text);
        const plain = text.replace(/\p{Surrogate}/gu, "\ufffd");
        expect(JSON.parse(inJson(json).text)).toBe(plain);
        expect(inJson(json).count).toBe(wellFormedId(text).count);
        expect(wellFormedId(text).text.replace(/(?<=\ufffd)d[89a-f][0-9a-f]{2}/g, "")).toBe(
          plain.replace(/(?<=\ufffd)d[89a-f][0-9a-f]{2}/g, ""),
        );
      }),
    );
  });
});
