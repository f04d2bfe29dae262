// Holds the house numbers for the web app: no file above 400 lines, no component above 150.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../src", import.meta.url));
const problems = [];

for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(tsx?|css)$/.test(entry.name) || entry.name.includes(".gen.")) continue;
  const path = join(entry.parentPath, entry.name);
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n").length - 1;
  const name = relative(root, path);
  if (lines > 400) problems.push(`${name}: ${lines} lines, at most 400`);
  if (!name.endsWith(".tsx")) continue;
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  source.forEachChild((node) => {
    const body = ts.isFunctionDeclaration(node) ? node : null;
    if (!body?.name) return;
    const line = (pos) => source.getLineAndCharacterOfPosition(pos).line;
    const length = line(body.end) - line(body.getStart()) + 1;
    if (length > 150) problems.push(`${name}: ${body.name.text} has ${length} lines, at most 150`);
  });
}

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
