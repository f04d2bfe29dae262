import { describe, expect, test } from "vitest";
import { command, matching, readReferenceSearch, sketch, subjects, type Description } from "./model";

const answer = { "200": { description: "OK", content: { "application/json": { schema: { $ref: "#/components/schemas/Lamp" } } } }, default: { description: "no" } };
const route = (id: string, tag: string, summary: string) => ({ operationId: id, tags: [tag], summary, description: "Needs it.", responses: answer });
const doc: Description = {
  info: { version: "1" },
  paths: {
    "/helpdesk/v1/lamps": { get: route("own", "Lamps", "All lamps") },
    "/crm/lamps/{version}": { get: route("dated", "Lamps", "List lamps"), post: route("made", "Lamps", "Make a lamp") },
    "/crm/v3/lamps": { get: route("old", "Lamps", "List lamps") },
    "/crm/v3/bulbs": { delete: route("gone", "Bulbs", "Remove bulbs") },
  },
  components: { schemas: {} },
};

describe("API-7 the reference", () => {
  test("groups routes by subject, with a route's paths together and HubSpot's format first", () => {
    const all = subjects(doc);
    expect(all.map((s) => [s.name, s.own, s.operations.length])).toEqual([["Bulbs", false, 1], ["Lamps", false, 2], ["Lamps", true, 1]]);
    expect(all[1]?.operations.map((o) => [o.method, o.paths])).toEqual([
      ["get", ["/crm/v3/lamps", "/crm/lamps/{version}"]],
      ["post", ["/crm/lamps/{version}"]],
    ]);
    expect(all[0]?.operations[0]?.answers).toEqual([{ status: "200", kind: "application/json", schema: { $ref: "#/components/schemas/Lamp" } }]);
  });

  test("finds routes by all words of what is typed", () => {
    const all = subjects(doc);
    expect(matching(all, "").length).toBe(3);
    expect(matching(all, "v3 LAMPS").map((s) => s.operations.length)).toEqual([1]);
    expect(matching(all, "delete bulb").map((s) => s.name)).toEqual(["Bulbs"]);
    expect(matching(all, "zeppelin")).toEqual([]);
  });

  test("sketches schemas", () => {
    const named = {
      Lamp: { type: "object", required: ["id"], properties: { id: { type: "integer" }, note: { type: ["string", "null"] }, next: { $ref: "#/components/schemas/Lamp" } } },
    };
    expect(sketch({ $ref: "#/components/schemas/Lamp" }, named)).toBe("{\n  id: integer\n  note?: string | null\n  next?: { … }\n}");
    expect(sketch({ type: "array", items: { type: ["string", "null"] } }, {})).toBe("(string | null)[]");
    expect(sketch({ type: "object", additionalProperties: { type: "string" } }, {})).toBe("{\n  [name]: string\n}");
    expect(sketch({ type: "string", enum: ["v3", "v4"] }, {})).toBe('"v3" | "v4"');
    expect(sketch({ anyOf: [{ type: "string" }, { type: "null" }] }, {})).toBe("string | null");
    expect(sketch({}, {})).toBe("anything");
    expect(sketch(undefined, {})).toBe("anything");
  });

  test("writes the command that asks", () => {
    const [bulb, lamp] = subjects(doc).map((s) => s.operations[0]);
    if (!bulb || !lamp) throw new Error("they are gone");
    expect(command(lamp, "https://desk.example")).toBe('curl "https://desk.example/crm/v3/lamps" \\\n  -H "Authorization: Bearer $TOKEN"');
    expect(command(bulb, "")).toMatch(/^curl -X DELETE "/);
  });

  test("reads its address", () => {
    expect(readReferenceSearch({ q: "x" })).toEqual({ q: "x" });
    expect(readReferenceSearch({ q: 3 })).toEqual({ q: undefined });
  });
});
