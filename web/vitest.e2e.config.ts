import { defineConfig } from "vitest/config";

/** Browser tests: they need a running Deskbell at DESKBELL_URL and Debian's Chromium (see README.md). */
export default defineConfig({
  test: { environment: "node", include: ["e2e/**/*.e2e.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
