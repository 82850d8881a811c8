import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hasJsonExtension } from "../../../src/sink/duckdb-wasm/json-extension.ts";

const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  fetched.mockReset().mockImplementation(async () => new Response("wasm"));
  vi.stubGlobal("fetch", fetched);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A database as duckdb-wasm describes itself; `LOAD json` gives it the type where it `canLoad`. */
function database({ hasJson = false, canLoad = true, autoload = true, repository = "" } = {}) {
  const loaded = vi.fn();
  const query = async (sql: string) => {
    if (sql.includes("duckdb_types()")) return hasJson ? [{ type_name: "JSON" }] : [];
    if (sql.includes("pragma_version()")) return [{ version: "v1.4.3", platform: "wasm_eh", autoload, repository }];
    expect(sql).toBe("LOAD json");
    loaded();
    if (!canLoad) throw new Error("IO Error: not a wasm module");
    hasJson = true;
    return [];
  };
  return { query, loaded };
}

describe("hasJsonExtension", () => {
  test("the extension is loaded when its server answers", async () => {
    const { query, loaded } = database();
    expect(await hasJsonExtension(query)).toBe(true);
    expect(loaded).toHaveBeenCalledOnce();
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([
      "https://extensions.duckdb.org/v1.4.3/wasm_eh/json.duckdb_extension.wasm",
    ]);
  });

  test("it comes from the repository that the database names", async () => {
    const { query } = database({ repository: "http://127.0.0.1:8080/duckdb" });
    expect(await hasJsonExtension(query)).toBe(true);
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([
      "http://127.0.0.1:8080/duckdb/v1.4.3/wasm_eh/json.duckdb_extension.wasm",
    ]);
  });

  test("a database that has JSON asks nobody", async () => {
    const { query, loaded } = database({ hasJson: true });
    expect(await hasJsonExtension(query)).toBe(true);
    expect(loaded).not.toHaveBeenCalled();
    expect(fetched).not.toHaveBeenCalled();
  });

  test("a database that loads nothing by itself asks nobody", async () => {
    const { query, loaded } = database({ autoload: false });
    expect(await hasJsonExtension(query)).toBe(false);
    expect(loaded).not.toHaveBeenCalled();
    expect(fetched).not.toHaveBeenCalled();
  });

  test.each([
    ["has no such file", async () => new Response("not found", { status: 404 })],
    ["cannot be reached", () => Promise.reject(new TypeError("fetch failed"))],
  ])("nothing is loaded where the server %s", async (_, answer) => {
    fetched.mockImplementation(answer);
    const { query, loaded } = database();
    expect(await hasJsonExtension(query)).toBe(false);
    expect(loaded).not.toHaveBeenCalled();
  });

  test("a server that never answers is waited for three seconds", async () => {
    vi.useFakeTimers();
    fetched.mockImplementation(
      (_, init) =>
        new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))),
    );
    const { query, loaded } = database();
    const outcome = hasJsonExtension(query);
    await vi.advanceTimersByTimeAsync(2_999);
    const settled = vi.fn();
    outcome.then(settled);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe(false);
    expect(loaded).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an extension that cannot be loaded is none", async () => {
    const { query, loaded } = database({ canLoad: false });
    expect(await hasJsonExtension(query)).toBe(false);
    expect(loaded).toHaveBeenCalledOnce();
  });
});
