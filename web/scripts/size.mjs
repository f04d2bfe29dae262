// Prints what a first load of the workspace costs, compressed, and fails above the budget (PERF-6).
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

const BUDGET = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const kb = (n) => `${(n / 1024).toFixed(1)} KB`;

// The entry, what the ticket list and the ticket page load, and everything those import statically.
const FIRST = ["index.html", "src/features/views/pages.tsx", "src/features/tickets/pages.tsx"];
const seen = new Set();
function walk(key) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return;
  seen.add(key);
  for (const next of chunk.imports ?? []) walk(next);
}
FIRST.forEach(walk);

let script = 0;
let style = 0;
const styles = new Set();
for (const key of seen) {
  const chunk = manifest[key];
  if (chunk.file.endsWith(".js")) script += size(chunk.file);
  for (const css of chunk.css ?? []) styles.add(css);
}
for (const css of styles) style += size(css);

for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.file.endsWith(".js")) continue;
  console.log(`${seen.has(key) ? "first" : "later"}  ${kb(size(chunk.file)).padStart(9)}  ${chunk.file}`);
}
console.log(`\nfirst load of the workspace: script ${kb(script)} of ${kb(BUDGET)}, style ${kb(style)} (gzip)`);
if (script > BUDGET) {
  console.error("The first load is over its budget: load something lazily.");
  process.exit(1);
}
