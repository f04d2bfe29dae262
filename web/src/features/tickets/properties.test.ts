import { expect, test } from "vitest";
import { controlOf, instant, readable, shownProperties, splitMany } from "./properties";
import type { Property } from "./types";

const property = (name: string, more: Partial<Property> = {}): Property => ({
  name, label: name, type: "string", fieldType: "text", format: "", currency: "", groupName: "g", description: "", options: [], readOnly: false, required: false, ...more,
});
const words = { yes: "Yes", no: "No", date: (iso: string) => iso.slice(0, 10), dateTime: (iso: string) => iso.slice(0, 16), user: (id: string) => (id === "1" ? "Ada" : undefined) };

test("TICK-3 the short list has the usual properties and the account's own, not what the header shows", () => {
  const all = [property("subject"), property("content"), property("hs_ticket_priority"), property("createdate", { readOnly: true }), property("closed_date", { readOnly: true }), property("order_number"), property("hs_num_times_contacted", { readOnly: true })];
  const values = { createdate: "2026-01-01T00:00:00Z", hs_num_times_contacted: "3" };
  expect(shownProperties(all, values, false).map((p) => p.name)).toEqual(["content", "createdate", "order_number"]);
  expect(shownProperties(all, values, true).map((p) => p.name)).toEqual(["content", "createdate", "order_number", "hs_num_times_contacted"]);
});

test.each([
  [property("a", { type: "enumeration", fieldType: "select" }), "pick"],
  [property("a", { type: "enumeration", fieldType: "checkbox" }), "many"],
  [property("a", { type: "bool", fieldType: "booleancheckbox" }), "yesno"],
  [property("a", { type: "string", fieldType: "textarea" }), "area"],
  [property("a", { type: "date", fieldType: "date" }), "date"],
  [property("a", { type: "datetime", fieldType: "date" }), "datetime"],
  [property("a", { type: "number", fieldType: "number" }), "number"],
  [property("hubspot_owner_id", { type: "enumeration", fieldType: "select" }), "user"],
  [property("a", { type: "string", fieldType: "something_new" }), "line"],
])("PROP-6 a property is edited by the control its type asks for (%#)", (given, want) => {
  expect(controlOf(given)).toBe(want);
});

test("values read as people write them", () => {
  const colours = property("colours", { type: "enumeration", fieldType: "checkbox", options: [{ label: "Red", value: "r", hidden: false }, { label: "Blue", value: "b", hidden: false }] });
  expect(readable(colours, "r;b;x", words)).toBe("Red, Blue, x");
  expect(readable(property("vip", { type: "bool", fieldType: "booleancheckbox" }), "false", words)).toBe("No");
  expect(readable(property("d", { type: "date" }), "2026-03-01", words)).toBe("2026-03-01");
  expect(readable(property("d", { type: "datetime" }), "1772359200000", words)).toBe("2026-03-01T10:00");
  expect(readable(property("hubspot_owner_id"), "1", words)).toBe("Ada");
  expect(readable(property("hubspot_owner_id"), "9", words)).toBe("9");
  expect(readable(property("x"), "", words)).toBe("");
  const spent = property("time_to_close", { type: "number", fieldType: "number", format: "duration" });
  expect(readable(spent, "5400000", words)).toBe("1h 30m"); // PROP-1
  expect(readable(property("n", { type: "number", fieldType: "number", format: "currency", currency: "c" }), "5", { ...words, currency: "USD" })).toBe("$5.00");
  expect(readable(property("n", { type: "number", fieldType: "number" }), "5400000", words)).toBe("5400000");
});

test("several values in one string, and what is no instant", () => {
  expect(splitMany(" a ; b;;")).toEqual(["a", "b"]);
  expect(instant("never")).toBeNull();
});
