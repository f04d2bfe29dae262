/** Pure: what kinds of properties there are, and what becomes of a form. */
import type { Definition, DefinitionChange, Group, NewDefinition } from "./api";

export const OBJECT_TYPES = ["tickets", "contacts", "companies", "deals"] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

interface Form {
  type: NewDefinition["type"];
  fieldType: string;
  format?: string;
  references?: "OWNER" | "TEAM";
}

/** The kinds of PROP-1 that people make here; what is calculated or rolled up is made by the API. */
export const KINDS = {
  line: { type: "string", fieldType: "text" },
  area: { type: "string", fieldType: "textarea" },
  rich: { type: "string", fieldType: "html" },
  email: { type: "string", fieldType: "text", format: "email" },
  url: { type: "string", fieldType: "text", format: "url" },
  phone: { type: "phone_number", fieldType: "phonenumber" },
  number: { type: "number", fieldType: "number" },
  formatted: { type: "number", fieldType: "number", format: "formatted" },
  currency: { type: "number", fieldType: "number", format: "currency" },
  percent: { type: "number", fieldType: "number", format: "percent" },
  duration: { type: "number", fieldType: "number", format: "duration" },
  date: { type: "date", fieldType: "date" },
  datetime: { type: "datetime", fieldType: "date" },
  yesno: { type: "bool", fieldType: "booleancheckbox" },
  select: { type: "enumeration", fieldType: "select" },
  radio: { type: "enumeration", fieldType: "radio" },
  many: { type: "enumeration", fieldType: "checkbox" },
  user: { type: "enumeration", fieldType: "select", references: "OWNER" },
  team: { type: "enumeration", fieldType: "select", references: "TEAM" },
  file: { type: "string", fieldType: "file" },
} as const satisfies Record<string, Form>;
export type Kind = keyof typeof KINDS;

/** The kind of a definition; undefined for one that only programs make. */
export function kindOf(d: Pick<Definition, "type" | "fieldType" | "format" | "references">): Kind | undefined {
  const fits = ([, k]: [string, Form]) => k.type === d.type && k.fieldType === d.fieldType && (k.format ?? "") === d.format && (k.references ?? "") === d.references;
  return Object.entries(KINDS).find(fits)?.[0] as Kind | undefined;
}

/** What a definition is called; several users or teams as one. */
export function shownKind(d: Pick<Definition, "type" | "fieldType" | "format" | "references">): Kind | "other" {
  return kindOf(d) ?? ({ OWNER: "user", TEAM: "team" } as const)[d.references] ?? "other";
}

export function hasOptions(kind: Kind | undefined): boolean {
  return kind === "select" || kind === "radio" || kind === "many";
}

/** Which limits a kind may have: of its length or of its value. */
export function limitsOf(kind: Kind | undefined): { least: string; most: string } | undefined {
  if (!kind) return undefined;
  const { type, fieldType } = KINDS[kind];
  if (type === "number") return { least: "MIN_NUMBER", most: "MAX_NUMBER" };
  return type === "string" && fieldType !== "file" && fieldType !== "html" ? { least: "MIN_LENGTH", most: "MAX_LENGTH" } : undefined;
}

/** An internal name made of a label, as HubSpot makes it: a-z, 0-9 and _. */
export function nameOf(label: string): string {
  const plain = label.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return (/^[a-z]/.test(plain) || plain === "" ? plain : `p_${plain}`).slice(0, 100);
}

export interface Option {
  key: string;
  label: string;
  value: string;
  color: string;
  description: string;
  hidden: boolean;
}

export const COLOURS = ["", "gray", "blue", "green", "orange", "red", "purple"] as const;

export interface Values {
  label: string;
  name: string;
  description: string;
  kind: string;
  groupName: string;
  unique: boolean;
  least: string;
  most: string;
  options: Option[];
}

export function valuesOf(d: Definition | undefined, groups: readonly Group[]): Values {
  const kind = d && kindOf(d);
  const limits = limitsOf(kind);
  const limit = (type: string | undefined) => d?.rules.find((r) => r.type === type)?.arguments[0] ?? "";
  return {
    label: d?.label ?? "", name: d?.name ?? "", description: d?.description ?? "", kind: d ? (kind ?? "") : "line", groupName: d?.groupName ?? groups[0]?.name ?? "",
    unique: d?.unique ?? false, least: limit(limits?.least), most: limit(limits?.most),
    options: [...(d?.options ?? [])].sort((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0)).map((o) => ({ key: o.value, label: o.label, value: o.value, color: o.color ?? "", description: o.description ?? "", hidden: o.hidden ?? false })),
  };
}

/** What of a form is sent: rules that the form does not know stay as they are. */
export function changeOf(v: Values, before: Definition | undefined): DefinitionChange {
  const kind = v.kind as Kind;
  const limits = v.kind ? limitsOf(kind) : undefined;
  const rule = (type: string, value: string) => (value.trim() ? [{ type, arguments: [value.trim()] }] : []);
  const kept = (before?.rules ?? []).filter((r) => r.type !== limits?.least && r.type !== limits?.most);
  const rules = limits && { rules: [...kept, ...rule(limits.least, v.least), ...rule(limits.most, v.most)] };
  const options = v.kind && hasOptions(kind) && {
    options: v.options.map((o, i) => ({ label: o.label.trim(), value: o.value || nameOf(o.label) || `option_${i + 1}`, color: o.color, description: o.description, hidden: o.hidden, displayOrder: i })),
  };
  return { label: v.label.trim(), description: v.description.trim(), groupName: v.groupName, ...rules, ...options };
}

export function newOf(v: Values): NewDefinition {
  return { ...changeOf(v, undefined), name: v.name.trim() || nameOf(v.label), unique: v.unique, ...KINDS[v.kind as Kind] };
}

/** An archived definition as it is made again. */
export function againOf(d: Definition): NewDefinition {
  const { name, label, type, fieldType, groupName, description, format, options, rules, unique, formField, access } = d;
  const formula = d.calculationFormula ? { calculationFormula: d.calculationFormula } : {};
  const rollup = d.rollup ? { rollup: d.rollup } : {};
  const references = d.references === "OWNER" || d.references === "TEAM" ? { references: d.references } : {};
  return { name, label, type, fieldType, groupName, description, format, options, rules, unique, formField, access, dataSensitivity: d.dataSensitivity, ...formula, ...rollup, ...references } as NewDefinition;
}

/** Two options of one name are one too many. */
export function wrongOptions(options: readonly Option[]): "empty" | "twice" | undefined {
  const names = options.map((o) => o.label.trim().toLowerCase());
  if (names.length === 0 || names.some((n) => !n)) return "empty";
  return new Set(names).size < names.length ? "twice" : undefined;
}

/** The definitions by group, those that fit what was typed. */
export function grouped(all: readonly Definition[], groups: readonly Group[], typed: string): { group: Group; properties: Definition[] }[] {
  const wanted = typed.trim().toLowerCase();
  const fits = (d: Definition) => !wanted || d.label.toLowerCase().includes(wanted) || d.name.includes(wanted);
  const known = new Set(groups.map((g) => g.name));
  const others: Group[] = [...new Set(all.map((d) => d.groupName).filter((n) => !known.has(n)))].map((name) => ({ name, label: name, displayOrder: -1, custom: false }));
  return [...groups, ...others]
    .map((group) => ({ group, properties: all.filter((d) => d.groupName === group.name && fits(d)).sort((a, b) => Number(b.custom) - Number(a.custom) || a.label.localeCompare(b.label)) }))
    .filter((g) => g.properties.length > 0);
}
