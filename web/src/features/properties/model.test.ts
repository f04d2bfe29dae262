import { expect, test } from "vitest";
import type { Definition, Group } from "./api";
import { againOf, changeOf, grouped, KINDS, kindOf, limitsOf, nameOf, newOf, shownKind, valuesOf, wrongOptions, type Option } from "./model";

const groups: Group[] = [{ name: "info", label: "Information", displayOrder: 0, custom: false }];
const definition = (more: Partial<Definition>): Definition => ({
  name: "colour", label: "Colour", type: "enumeration", fieldType: "select", groupName: "info", description: "", displayOrder: -1, format: "", options: [], rules: [], unique: false, hidden: false, formField: true,
  dataSensitivity: "non_sensitive", references: "", calculationFormula: "", access: { view: {}, edit: {} }, custom: true, readOnly: false, archived: false, createdAt: null, updatedAt: null, createdBy: null, updatedBy: null, ...more,
});
const option = (label: string, more: Partial<Option> = {}): Option => ({ key: label, label, value: "", color: "", description: "", hidden: false, ...more });

test("PROP-1 each kind is told by its definition, and what only programs make is none", () => {
  for (const [kind, form] of Object.entries(KINDS)) expect(kindOf({ format: "", references: "", ...form })).toBe(kind);
  expect(kindOf({ type: "number", fieldType: "calculation_equation", format: "", references: "" })).toBeUndefined();
  expect([shownKind(definition({})), shownKind(definition({ fieldType: "checkbox", references: "TEAM" })), shownKind(definition({ fieldType: "file" }))]).toEqual(["select", "team", "other"]);
});

test.each([["Order number", "order_number"], ["Größe (cm)", "gro_e_cm"], ["2nd line", "p_2nd_line"], ["  ", ""], ["Été", "ete"]])("PROP-2 %s gets the internal name %s", (label, want) => {
  expect(nameOf(label)).toBe(want);
});

test("PROP-2 a new property is sent with its options in order and its limits", () => {
  const base = valuesOf(undefined, groups);
  expect(newOf({ ...base, label: " Colour ", kind: "select", options: [option("Light red", { color: "red" }), option("Blue")] })).toMatchObject({
    name: "colour", label: "Colour", type: "enumeration", fieldType: "select", groupName: "info",
    options: [{ label: "Light red", value: "light_red", color: "red", displayOrder: 0 }, { label: "Blue", value: "blue", displayOrder: 1 }],
  });
  expect(newOf({ ...base, label: "Weight", kind: "number", least: "1", most: "" }).rules).toEqual([{ type: "MIN_NUMBER", arguments: ["1"] }]);
  expect(newOf({ ...base, label: "Due", kind: "date" })).not.toHaveProperty("rules");
});

test("PROP-2 a change keeps the values of options and the rules that the form does not know", () => {
  const before = definition({ type: "string", fieldType: "text", rules: [{ type: "REGEX", arguments: ["a+"], normalize: false }, { type: "MAX_LENGTH", arguments: ["9"], normalize: false }] });
  const values = valuesOf(before, groups);
  expect(values.most).toBe("9");
  expect(changeOf({ ...values, most: "20" }, before).rules).toEqual([before.rules[0], { type: "MAX_LENGTH", arguments: ["20"] }]);
  const many = definition({ options: [{ label: "B", value: "b", color: "", description: "", displayOrder: 1, hidden: true }, { label: "A", value: "a", color: "", description: "", displayOrder: 0, hidden: false }] });
  const sorted = valuesOf(many, groups);
  expect(sorted.options.map((o) => o.label)).toEqual(["A", "B"]);
  expect(changeOf({ ...sorted, options: [...sorted.options].reverse().map((o) => ({ ...o, label: `${o.label}!` })) }, many).options?.map((o) => [o.value, o.label, o.displayOrder, o.hidden])).toEqual([["b", "B!", 0, true], ["a", "A!", 1, false]]);
});

test("limits are of lengths, of numbers, or none", () => {
  expect([limitsOf("line")?.most, limitsOf("duration")?.least, limitsOf("rich"), limitsOf("select"), limitsOf(undefined)]).toEqual(["MAX_LENGTH", "MIN_NUMBER", undefined, undefined, undefined]);
});

test("options need names, each its own", () => {
  expect([wrongOptions([]), wrongOptions([option("A"), option(" ")]), wrongOptions([option("A"), option("a ")]), wrongOptions([option("A")])]).toEqual(["empty", "empty", "twice", undefined]);
});

test("properties stand in their groups, the account's own first, narrowed by typing", () => {
  const all = [definition({ name: "createdate", label: "Create date", custom: false }), definition({ name: "zone", label: "Zone" }), definition({ name: "odd", label: "Odd", groupName: "gone" })];
  expect(grouped(all, groups, "").map((g) => [g.group.label, g.properties.map((d) => d.name)])).toEqual([["Information", ["zone", "createdate"]], ["gone", ["odd"]]]);
  expect(grouped(all, groups, "CREATE").map((g) => g.properties.map((d) => d.name))).toEqual([["createdate"]]);
});

test("an archived property is made again as it was", () => {
  expect(againOf(definition({ references: "OWNER" }))).toMatchObject({ name: "colour", type: "enumeration", fieldType: "select", references: "OWNER" });
  expect(againOf(definition({}))).not.toHaveProperty("references");
});
