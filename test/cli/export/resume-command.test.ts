import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { resumeCommand } from "../../../src/cli/export/resume-command.ts";

describe("resumeCommand", () => {
  test("the command says --resume once", () => {
    expect(resumeCommand(["--out", "a.ndjson"])).toBe("engage-export --resume --out a.ndjson");
    expect(resumeCommand(["--out", "a.ndjson", "--resume"])).toBe("engage-export --out a.ndjson --resume");
  });

  test("a shell reads back the very same words", () => {
    const words = ["--where", `properties["plan"] == "it's $HOME"`, "", "a\nb", "--group-id=-14", "ü*?~"];
    const echo = resumeCommand(words).replace(/^engage-export/, "printf '%s\\0'");
    const read = execFileSync("/bin/sh", ["-c", echo], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(read).toEqual(["--resume", ...words]);
  });
});
