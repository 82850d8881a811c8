import { stripVTControlCharacters } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { Progress } from "../../../src/cli/terminal/progress.ts";
import { Stderr } from "../../../src/cli/terminal/stderr.ts";
import type { PageProgress } from "../../../src/export/export-profiles.ts";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { CapturedOutput, exportFrom } from "../../helpers/cli-run.ts";
import { fakeTime } from "../../helpers/fake-time.ts";

fakeTime();

const PAGE: PageProgress = { pageIndex: 0, totalPages: 4, rows: 1000, success: true, error: undefined };

/** What stands on the terminal's line after each frame. */
const frames = (output: CapturedOutput) => stripVTControlCharacters(output.text).trim();

describe("Progress", () => {
  test("on a terminal a bar is redrawn in place, and gone at the end", () => {
    const stderr = new CapturedOutput(100);
    const progress = new Progress(new Stderr(stderr));
    progress.page(PAGE);
    vi.advanceTimersByTime(1000);
    progress.page({ ...PAGE, pageIndex: 1 });
    vi.advanceTimersByTime(100);
    expect(frames(stderr)).toMatch(/25 % {2}1\/4 pages {2}1,000 profiles .*50 % {2}2\/4 pages {2}2,000 profiles/);
    expect(stderr.text).not.toContain("\n");
    progress.stop();
    // Back to the line's beginning, and cleared from there.
    expect(stderr.text.endsWith("\u001b[1G\u001b[0J")).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the terminal's own settings are left alone, so that no kill can leave them changed", () => {
    const stderr = new CapturedOutput(100);
    const progress = new Progress(new Stderr(stderr));
    progress.page(PAGE);
    vi.advanceTimersByTime(500);
    // Cursor hidden, lines not wrapped, cursor saved.
    for (const sequence of ["\u001b[?25l", "\u001b[?7l", "\u001b7"]) expect(stderr.text).not.toContain(sequence);
    progress.stop();
    expect(stderr.text).not.toContain("\u001b[?7l");
  });

  test("no line is wider than the terminal", () => {
    const stderr = new CapturedOutput(30);
    const progress = new Progress(new Stderr(stderr));
    progress.page(PAGE);
    vi.advanceTimersByTime(500);
    progress.stop();
    for (const line of stripVTControlCharacters(stderr.text.replaceAll("\u001b[1G", "\n")).split("\n")) {
      expect(line.length).toBeLessThan(30);
    }
  });

  test("a message stands above the bar, in a line of its own", async () => {
    const output = new CapturedOutput(100);
    const stderr = new Stderr(output);
    const progress = new Progress(stderr);
    await stderr.write("warning: careful\u001b[2J\n");
    vi.advanceTimersByTime(100);
    expect(output.text).toContain("warning: careful\\x1b[2J\n");
    await stderr.write("warning: the last one\n");
    progress.stop();
    expect(output.text).toContain("warning: the last one\n");
    await stderr.write("summary\n");
    expect(output.text.endsWith("summary\n")).toBe(true);
  });

  test("a wait counts down by itself", () => {
    const stderr = new CapturedOutput(100);
    const progress = new Progress(new Stderr(stderr));
    progress.page(PAGE);
    progress.wait(Date.now() + 3000);
    vi.advanceTimersByTime(4000);
    progress.stop();
    const seen = [...frames(stderr).matchAll(/on in (\d) s/g)].map(([, seconds]) => Number(seconds));
    expect([...new Set(seen)]).toEqual([3, 2, 1]);
  });

  test.each([
    ["set back an hour", (now: number) => now - 3_600_000],
    ["set forward an hour", (now: number) => now + 3_600_000],
  ])("a system's clock that is %s changes neither the rate, nor the time left, nor a wait", (_, change) => {
    const stderr = new CapturedOutput(100);
    const progress = new Progress(new Stderr(stderr));
    vi.advanceTimersByTime(2000);
    progress.page(PAGE);
    vi.setSystemTime(change(Date.now()));
    vi.advanceTimersByTime(2000);
    progress.page({ ...PAGE, pageIndex: 1 });
    vi.advanceTimersByTime(100);
    expect(frames(stderr)).toMatch(/50 % {2}2\/4 pages {2}2,000 profiles {2}\d{3}\/s {2}5 s left$/);
    progress.wait(Date.now() + 9000);
    vi.setSystemTime(change(Date.now()));
    vi.advanceTimersByTime(5100);
    expect(frames(stderr)).toMatch(/on in 4 s$/);
    progress.stop();
  });

  test("an export that is taken up counts what it had", () => {
    const session = {
      sessionId: "s",
      total: 4000,
      pageSize: 1000,
      totalPages: 4,
      query: { host: "h", projectId: "1" },
    };
    const stderr = new CapturedOutput(100);
    const progress = new Progress(new Stderr(stderr), { session, nextPage: 3, failedPages: [1] });
    vi.advanceTimersByTime(100);
    expect(frames(stderr)).toContain("50 %  2/4 pages  2,000 profiles");
    progress.restart();
    progress.page(PAGE);
    vi.advanceTimersByTime(100);
    expect(frames(stderr)).toContain("25 %  1/4 pages  1,000 profiles");
    progress.stop();
  });

  test("off a terminal there is a line now and then", () => {
    const stderr = new CapturedOutput();
    const progress = new Progress(new Stderr(stderr));
    for (let second = 0; second < 5; second++) {
      progress.page(PAGE);
      vi.advanceTimersByTime(1000);
    }
    progress.stop();
    expect(stderr.text.match(/pages/g)).toHaveLength(3);
    expect(stderr.text).not.toContain("\u001b");
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["shown on a terminal while the data goes to a file", 80, undefined, ["--out", "a.ndjson"]],
    ["shown on a terminal while the data goes to a pipe", 80, undefined, []],
    ["not shown on the terminal that the data goes to", 80, 80, []],
    ["shown even there where it is asked for", 80, 80, ["--progress"]],
    ["not shown off a terminal", undefined, undefined, ["--out", "a.ndjson"]],
    ["shown even there where it is asked for", undefined, undefined, ["--out", "a.ndjson", "--progress"]],
    ["not shown where it is turned off", 80, undefined, ["--out", "a.ndjson", "--no-progress"]],
    ["not shown with --quiet", 80, undefined, ["--out", "a.ndjson", "--quiet"]],
  ])("progress is %s", async (how, stderrColumns, stdoutColumns, args) => {
    vi.useRealTimers();
    const stderr = new CapturedOutput(stderrColumns);
    const { code } = await exportFrom(smallSimulator(), args, { stderr, stdout: new CapturedOutput(stdoutColumns) });
    expect(code).toBe(0);
    expect(/waiting for the first page|\d\/s/.test(stderr.text)).toBe(how.startsWith("shown"));
  });
});
