import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The suites in Chromium. */
export default defineConfig({
  resolve: {
    alias: [{ find: /^.*\/open-wasm\.ts$/, replacement: fileURLToPath(new URL("open-wasm.ts", import.meta.url)) }],
  },
  test: {
    include: ["test/runtime/suite/*.suite.ts", "test/runtime/browser/*.suite.ts"],
    provide: { hub: process.env.SIMULATOR_HUB ?? "" },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args } }),
      instances: [{ browser: "chromium" }],
    },
  },
});
