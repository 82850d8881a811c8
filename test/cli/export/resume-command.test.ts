import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { resumeCommand } from "../../../src/cli/export/reported-export.ts";
import { visible } from "../../../src/cli/terminal/visible.ts";

describe("resumeCommand", () => {
  test("the command says --resume once", () => {
    expect(resumeCommand(["--out", "a.ndjson"])).toBe("engage-export --resume --out a.ndjson");
    expect(resumeCommand(["--out", "a.ndjson", "--resume"])).toBe("engage-export --out a.ndjson --resume");
  });

  test("control characters survive a terminal that shows them, and a paste into bash", () => {
    const words = ["--out", "a\u001b[31m'\\\u009b\u202eü\n.ndjson"];
    const command = resumeCommand(words);
    expect(visible(command)).toBe(command);
    const echo = command.replace(/^engage-export/, "printf '%s\\0'");
    const read = execFileSync("bash", ["-c", echo], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(read).toEqual(["--resume", ...words]);
  });

  test("a shell reads back the very same words", () => {
    const words = ["--where", `properties["plan"] == "it's $HOME"`, "", "a\nb", "--group-id=-14", "ü*?~"];
    const echo = resumeCommand(words).replace(/^engage-export/, "printf '%s\\0'");
    const read = execFileSync("/bin/sh", ["-c", echo], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(read).toEqual(["--resume", ...words]);
  });
});
