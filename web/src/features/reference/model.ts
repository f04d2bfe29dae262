/** What the reference shows of the API's description (OpenAPI 3.1, as the server makes it). */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

type Content = Record<string, { schema?: Schema }>;

interface Described {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: { name: string; in: string; description?: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export interface Description {
  info: { version: string };
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}

export interface Field {
  name: string;
  in: string;
  type: string;
  says: string;
}

export interface Operation {
  id: string;
  method: string;
  /** The same route may be served under several paths. */
  paths: string[];
  summary: string;
  says: string;
  fields: Field[];
  takes?: Body;
  answers: (Body & { status: string })[];
}

export interface Body {
  kind: string;
  schema?: Schema;
}

export interface Subject {
  name: string;
  /** Ours, below /helpdesk/v1; else in HubSpot's format. */
  own: boolean;
  operations: Operation[];
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The subjects with their routes: HubSpot's format first, each in alphabetical order. */
export function subjects(doc: Description): Subject[] {
  const all = new Map<string, Subject>();
  for (const [path, item] of Object.entries(doc.paths).sort(([a], [b]) => older(a) - older(b) || a.localeCompare(b))) {
    const own = path.startsWith("/helpdesk/") || !path.includes("/", 1); // such as /healthz
    for (const method of METHODS) {
      const op = item[method];
      if (!op) continue;
      const name = op.tags[0] ?? "";
      const key = `${own} ${name}`;
      const subject = all.get(key) ?? { name, own, operations: [] };
      all.set(key, subject);
      const same = subject.operations.find((o) => o.method === method && o.summary === op.summary);
      if (same) same.paths.push(path);
      else subject.operations.push(operation(method, path, op));
    }
  }
  return [...all.values()].sort((a, b) => Number(a.own) - Number(b.own) || a.name.localeCompare(b.name));
}

/** The path that a reader knows comes before its dated twin. */
const older = (path: string) => (path.includes("{version}") ? 1 : 0);

function operation(method: string, path: string, op: Described): Operation {
  return {
    id: op.operationId,
    method,
    paths: [path],
    summary: op.summary,
    says: op.description ?? "",
    fields: (op.parameters ?? []).map((p) => ({ name: p.name, in: p.in, type: sketch(p.schema, {}), says: p.description ?? "" })),
    takes: op.requestBody && body(op.requestBody.content),
    answers: Object.entries(op.responses).filter(([status]) => status !== "default").map(([status, r]) => ({ status, ...body(r.content ?? {}) })),
  };
}

function body(content: Content): Body {
  const [kind = "", media] = Object.entries(content)[0] ?? [];
  return { kind, schema: media?.schema };
}

/** What is left when only routes are shown that have all the words somewhere. */
export function matching(all: Subject[], text: string): Subject[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  const fits = (s: Subject, o: Operation) => {
    const hay = [s.name, o.method, o.summary, ...o.paths].join(" ").toLowerCase();
    return words.every((w) => hay.includes(w));
  };
  return all.map((s) => ({ ...s, operations: s.operations.filter((o) => fits(s, o)) })).filter((s) => s.operations.length > 0);
}

const DEEPEST = 6;

/** A schema in a few lines, in the notation of TypeScript. */
export function sketch(schema: Schema | undefined, named: Record<string, Schema>, depth = 0, within: string[] = []): string {
  if (!schema) return "anything";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    if (within.includes(name) || depth >= DEEPEST) return "{ … }";
    return sketch(named[name], named, depth, [...within, name]);
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map((s) => sketch(s, named, depth, within)))].join(" | ");
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  const types = [schema.type ?? "anything"].flat();
  return types.map((type) => oneType(type, schema, named, depth, within)).join(" | ");
}

function oneType(type: string, schema: Schema, named: Record<string, Schema>, depth: number, within: string[]): string {
  if (type === "array") {
    const item = sketch(schema.items, named, depth, within);
    return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
  }
  if (type !== "object") return type;
  const indent = "  ".repeat(depth + 1);
  const lines = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== "$schema")
    .map(([name, s]) => `${indent}${name}${schema.required?.includes(name) ? "" : "?"}: ${sketch(s, named, depth + 1, within)}`);
  if (typeof schema.additionalProperties === "object") lines.push(`${indent}[name]: ${sketch(schema.additionalProperties, named, depth + 1, within)}`);
  return lines.length ? `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}` : "{ … }";
}

/** How a terminal asks for a route. */
export function command(o: Operation, origin: string): string {
  const parts = [`curl ${o.method === "get" ? "" : `-X ${o.method.toUpperCase()} `}"${origin}${o.paths[0]}"`, '-H "Authorization: Bearer $TOKEN"'];
  if (o.takes?.kind === "application/json") parts.push('-H "Content-Type: application/json"', "-d '{…}'");
  return parts.join(" \\\n  ");
}

export interface ReferenceSearch {
  q?: string;
}

export function readReferenceSearch(raw: Record<string, unknown>): ReferenceSearch {
  return { q: typeof raw.q === "string" && raw.q ? raw.q : undefined };
}
