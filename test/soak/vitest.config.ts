import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/soak/*.soak.ts"], testTimeout: 15 * 60_000, fileParallelism: false },
});
