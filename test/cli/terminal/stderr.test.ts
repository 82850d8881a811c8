import { describe, expect, test } from "vitest";
import { Stderr } from "../../../src/cli/terminal/stderr.ts";
import { CapturedOutput } from "../../helpers/cli-run.ts";

async function written(text: string, ...secrets: readonly string[]): Promise<string> {
  const output = new CapturedOutput();
  const stderr = new Stderr(output);
  for (const secret of secrets) stderr.hide(secret);
  await stderr.write(text);
  return output.text;
}

describe("Stderr", () => {
  test.each([
    ["\u001b[2J\u001b]52;c;aGk=\u0007", "\\x1b[2J\\x1b]52;c;aGk=\\x07"],
    ["\u009b31m", "\\x9b31m"],
    ["a\rb\tc\bd\u007f", "a\\x0db\\x09c\\x08d\\x7f"],
    ["\u0000", "\\x00"],
    ["a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"],
  ])("shows what a terminal would obey: %j", async (text, shown) => {
    expect(await written(text)).toBe(shown);
  });

  test("leaves every other character as it is", async () => {
    const text = "Zoë 用户 🦊 שלום\u00a0é\n";
    expect(await written(text)).toBe(text);
  });

  test("never shows a secret, plain, in JSON or in quotes for a shell", async () => {
    const secret = `it's "so" secret`;
    expect(await written(`${secret}, ${JSON.stringify(secret)}, 'it'\\''s "so" secret'`, secret)).toBe(
      `***, "***", '***'`,
    );
  });

  test("hides the longer one of two secrets first, and nothing for one that is too short to be one", async () => {
    expect(await written("abcdefgh abcdef abc", "abcdef", "abcdefgh", "abc")).toBe("*** *** abc");
  });
});
