import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../../src/simulator.ts";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const OUTPUTS = ["-", "a.ndjson", "a.ndjson.gz", "parts/", "a.duckdb", "a.parquet", "a.csv"];
const CHANGED: FaultRule = { page: 2, fault: { kind: "fields", fields: { session_id: "another" } } };
/** Page 2 is of another session, and holds profiles that page 1 held already. */
const AGAIN: FaultRule = {
  page: 2,
  fault: {
    kind: "fields",
    fields: { session_id: "another", results: Array.from({ length: 50 }, (_, id) => ({ $distinct_id: `u-${id}` })) },
  },
};
const profiles = Array.from({ length: 450 }, (_, id) => `{"$distinct_id":"u-${id}","$properties":{}}`);

describe.each(OUTPUTS)("an export into %s of which a page names another session", (out) => {
  const args = ["--out", out, "--quiet", "--workers", "1"];

  test("is complete if no id came twice", async () => {
    const { code, stderr } = await exportFrom(smallSimulator({ profiles, pageSize: 50, faults: [CHANGED] }), args);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("ends with exit 1 and the reason if ids came twice", async () => {
    const { code, stderr, stdout } = await exportFrom(
      smallSimulator({ profiles, pageSize: 50, faults: [AGAIN] }),
      args,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /The pages are of two sessions, and 50 ids came twice, so as many other profiles may be missing/,
    );
    if (out !== "-") expect(JSON.parse(stdout)).toMatchObject({ complete: false, missing: 0 });
  });

  test.skipIf(out === "-" || out.endsWith(".gz"))("ends so too if it was interrupted in between", async () => {
    const cwd = temporaryDirectory();
    const interruption = new AbortController();
    const faults = [
      AGAIN,
      ({ page }: { readonly page: number | undefined }) => {
        if (page === 8) interruption.abort(new Error("SIGINT"));
        return undefined;
      },
    ];
    const simulator = smallSimulator({ profiles, pageSize: 50, faults });
    const batch = out === "a.duckdb" ? ["--batch-size", "100"] : [];
    const cut = await exportFrom(simulator, [...args, ...batch], { cwd, signals: interruption.signal });
    expect(cut.code).toBe(130);
    const { code, stderr } = await exportFrom(simulator, [...args, "--resume"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/The pages are of two sessions, and .* may be missing; export again/);
  });
});
