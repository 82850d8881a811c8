import { afterEach, expect, it, vi } from "vitest";
import { bytesOf } from "../../helpers/json-documents.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

class Refused {
  constructor() {
    throw new Error("Wasm code generation disallowed by embedder");
  }
}

it.each([
  ["refuses to compile, as under a content security policy without `wasm-unsafe-eval`", { Module: Refused }],
  ["has no WebAssembly", undefined],
])("scanPage reads pages if the runtime %s", async (_, webAssembly) => {
  vi.resetModules();
  vi.stubGlobal("WebAssembly", webAssembly);
  const { scanPage } = await import("../../../src/source/scan/page-scanner.ts");
  const { profiles } = scanPage(bytesOf('{"results":[{"$distinct_id":"a"},{"$properties":{"b":1}}]}'));
  expect([profiles?.length, profiles?.propertiesText(1)]).toEqual([2, '{"b":1}']);
});
