import { defineConfig } from "vitest/config";

/**
 * Browser tests: they need a running Deskbell at DESKBELL_URL and Debian's Chromium (see README.md). On CI's small machine a test may
 * fail once; the failure is printed all the same.
 */
export default defineConfig({
  test: { environment: "node", include: ["e2e/**/*.e2e.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false, retry: process.env.CI ? 1 : 0 },
});
