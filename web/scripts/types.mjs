// Makes src/lib/api.gen.ts, the types of /helpdesk/v1, from the description that the server makes of itself: `npm run types` after
// a route changed. With --check it only says whether that was done. It asks bin/deskbell, which `make build` makes.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const OWN = "/helpdesk/v1";
const place = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.DESKBELL_BIN ?? place("../../bin/deskbell");
const target = place("../src/lib/api.gen.ts");

const doc = JSON.parse(execFileSync(program, ["openapi"], { encoding: "utf8", maxBuffer: 64 << 20 }));

/** The schemas that our own routes lead to: a type each. */
const schemas = {};
function take(node) {
  if (typeof node !== "object" || node === null) return;
  const name = node.$ref?.split("/").at(-1);
  if (name && !schemas[name]) {
    schemas[name] = doc.components.schemas[name];
    take(schemas[name]);
  }
  Object.values(node).forEach(take);
}

/** The name of a body's type; one that has none gets its route's. */
function typeOf(content, fallback) {
  const schema = content?.["application/json"]?.schema;
  if (!schema) return "undefined";
  const name = schema.$ref?.split("/").at(-1) ?? fallback;
  if (!schema.$ref) schemas[name] = schema;
  take(schema);
  return `Schemas[${JSON.stringify(name)}]`;
}

const answers = [];
const bodies = [];
for (const [path, item] of Object.entries(doc.paths)) {
  if (!path.startsWith(OWN)) continue;
  for (const [method, op] of Object.entries(item)) {
    const route = JSON.stringify(`${method.toUpperCase()} ${path.slice(OWN.length)}`);
    const [, success] = Object.entries(op.responses).find(([status]) => status.startsWith("2")) ?? [];
    answers.push(`  ${route}: ${typeOf(success?.content, `${op.operationId}-answer`)};`);
    if (op.requestBody) bodies.push(`  ${route}: ${typeOf(op.requestBody.content, `${op.operationId}-body`)};`);
  }
}

/** A schema that may be null is so where a field holds it, and never in a list or as an answer. */
const nullable = new Set(Object.keys(schemas).filter((name) => [schemas[name].type].flat().includes("null")));
const mayBeNull = (field) => (nullable.has(field.$ref?.split("/").at(-1)) ? { anyOf: [field, { type: "null" }] } : field);
for (const [name, schema] of Object.entries(schemas)) {
  const properties = schema.properties && Object.fromEntries(Object.entries(schema.properties).map(([field, s]) => [field, mayBeNull(s)]));
  schemas[name] = { ...schema, ...(properties && { properties }), ...(nullable.has(name) && { type: "object" }) };
}

const sorted = (o) => Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)));
const ast = await openapiTS({ ...doc, paths: {}, components: { schemas: sorted(schemas) } }, { alphabetize: true, silent: true, defaultNonNullable: false });
const text = `// Made by scripts/types.mjs from the server's description of its API; do not edit.

${astToString(ast.filter((node) => node.name?.text === "components"))}
export type Schemas = components["schemas"];

/** What each route of /helpdesk/v1 answers. */
export interface Answers {
${answers.sort().join("\n")}
}

/** What each takes. */
export interface Bodies {
${bodies.sort().join("\n")}
}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("web/src/lib/api.gen.ts is not what the server's description says: run `npm run types` in web, after `make build`");
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
