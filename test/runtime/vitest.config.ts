import { defineConfig } from "vitest/config";

/** The suites on the runtime that vitest itself runs on: Node, Bun or Deno. */
export default defineConfig({
  test: {
    include: ["test/runtime/suite/*.suite.ts", "test/runtime/server/*.suite.ts"],
    provide: { hub: process.env.SIMULATOR_HUB ?? "", project: process.env.INSTALLED_PROJECT ?? "" },
    // The package as it is built, and by the runtime itself.
    server: { deps: { external: [/\/dist\/[\w-]+\.js$/] } },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
