import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { writeFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

const backend = process.env.DESKBELL_URL ?? "http://127.0.0.1:8080";

/** The Go build embeds dist/, so the folder must stay in a clean checkout: emptying it keeps its placeholder. */
function keepPlaceholder(): Plugin {
  return {
    name: "keep-placeholder",
    apply: "build",
    closeBundle: () => writeFile(fileURLToPath(new URL("dist/.gitkeep", import.meta.url)), ""),
  };
}

export default defineConfig({
  plugins: [react(), keepPlaceholder()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: { target: "es2023", manifest: true, sourcemap: false, assetsInlineLimit: 2048 },
  server: { port: 5173, strictPort: true, proxy: { "/helpdesk": backend, "/crm": backend, "/conversations": backend } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
