import { describe, expect, test } from "vitest";
import { type ProgressState, progressLine } from "../../../src/cli/terminal/progress-line.ts";

const HALF: ProgressState = {
  pages: 12,
  totalPages: 25,
  profiles: 12_000,
  rate: 3456.7,
  secondsLeft: 3.2,
  secondsToWait: 0,
};

describe("progressLine", () => {
  test("a line says pages, profiles, rate and time left", () => {
    expect(progressLine(HALF, 100)).toBe(
      "████████████░░░░░░░░░░░░  48 %  12/25 pages  12,000 profiles  3,457/s  4 s left",
    );
  });

  test.each([
    [70, "48 %  12/25 pages  12,000 profiles  3,457/s  4 s left"],
    [50, "12/25 pages  12,000 profiles  3,457/s  4 s left"],
    [40, "12,000 profiles  3,457/s  4 s left"],
    [20, "3,457/s  4 s left"],
    [5, "4 s l"],
  ])("in %i columns it says what matters most", (width, line) => {
    expect(progressLine(HALF, width)).toBe(line);
  });

  test.each([
    [59.5, "1 min 00 s"],
    [65, "1 min 05 s"],
    [3600, "1 h 00 min"],
    [7634, "2 h 07 min"],
  ])("%d seconds are %s", (secondsLeft, words) => {
    expect(progressLine({ ...HALF, secondsLeft }, 100)).toContain(`${words} left`);
  });

  test("a rate limit is counted down", () => {
    expect(progressLine({ ...HALF, secondsToWait: 41.2 }, 70)).toBe(
      "48 %  12/25 pages  12,000 profiles  rate limited, on in 42 s",
    );
    expect(progressLine({ ...HALF, pages: 0, totalPages: undefined, secondsToWait: 9 }, 70)).toBe(
      "rate limited, on in 9 s",
    );
  });

  test("without a total there is no bar and no time left", () => {
    expect(progressLine({ ...HALF, totalPages: undefined, secondsLeft: undefined }, 100)).toBe(
      "12 pages  12,000 profiles  3,457/s",
    );
  });

  test("the first page is waited for in words", () => {
    expect(progressLine({ ...HALF, pages: 0, totalPages: undefined }, 100)).toBe("waiting for the first page");
  });

  test("at the end nothing is left", () => {
    expect(progressLine({ ...HALF, pages: 25, secondsLeft: 0 }, 100)).toMatch(/^█{24} {2}100 % .* 3,457\/s$/);
  });
});
