import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import wabt from "wabt";

const text = new URL("../../../src/source/scan/scan-profiles.wat", import.meta.url);

describe("scanProfilesBase64", () => {
  // In the sources as it is, so that no bundler that takes them has to know WebAssembly text.
  it("is what scan-profiles.wat assembles to; `npm run assemble` brings it up to date", async () => {
    const { parseWat } = await wabt();
    const { buffer } = parseWat("scan-profiles.wat", await readFile(text, "utf8"), { simd: true }).toBinary({});
    const base64 = Buffer.from(buffer).toString("base64");
    await expect(
      `/** scan-profiles.wat, assembled by \`npm run assemble\`. */\nexport const scanProfilesBase64 =\n  "${base64}";\n`,
    ).toMatchFileSnapshot("../../../src/source/scan/scan-profiles.ts");
  });
});
