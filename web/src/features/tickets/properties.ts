/** Pure: which properties of a ticket are shown beside it, and how a value reads. */
import { formatNumber } from "@/lib/number";
import type { Property } from "./types";

/** What the header shows already, or what is only for machines. */
const ELSEWHERE = new Set(["subject", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hs_ticket_category", "hubspot_owner_id", "hubspot_team_id", "hs_object_id"]);
const FIRST = ["content", "source_type", "hs_resolution", "createdate", "closed_date", "hs_lastmodifieddate"];

export function isOwn(property: Property): boolean {
  return !/^(hs_|hubspot_)/.test(property.name) && !FIRST.includes(property.name) && !ELSEWHERE.has(property.name);
}

/** The short list: the usual ones, then the account's own. Long: everything that has a value or may be edited. */
export function shownProperties(all: readonly Property[], values: Record<string, string>, long: boolean): Property[] {
  const byName = new Map(all.map((p) => [p.name, p]));
  const first = FIRST.flatMap((name) => byName.get(name) ?? []).filter((p) => !p.readOnly || values[p.name]);
  const rest = all.filter((p) => !ELSEWHERE.has(p.name) && !FIRST.includes(p.name));
  const own = rest.filter((p) => isOwn(p) && (!p.readOnly || values[p.name]));
  if (!long) return [...first, ...own];
  return [...first, ...own, ...rest.filter((p) => !isOwn(p) && values[p.name])];
}

export type Control = "pick" | "many" | "yesno" | "area" | "number" | "date" | "datetime" | "email" | "tel" | "url" | "user" | "line";

const BY_FIELD: Record<string, Control> = {
  select: "pick", radio: "pick", checkbox: "many", booleancheckbox: "yesno", textarea: "area", html: "area", number: "number", phonenumber: "tel", phone: "tel", email: "email", url: "url", user: "user", owner: "user",
};
const BY_TYPE: Record<string, Control> = { enumeration: "pick", bool: "yesno", number: "number", date: "date", datetime: "datetime", owner: "user", user: "user" };

/** Which control edits a property: the type's where the field type leaves it open. */
export function controlOf(p: Pick<Property, "type" | "fieldType" | "name">): Control {
  if (p.name === "hubspot_owner_id") return "user";
  if (p.type === "date" || p.type === "datetime") return BY_TYPE[p.type] ?? "line";
  return BY_FIELD[p.fieldType] ?? BY_TYPE[p.type] ?? "line";
}

/** Several values in one string, as HubSpot keeps them. */
export function splitMany(value: string): string[] {
  return value.split(";").map((v) => v.trim()).filter(Boolean);
}

interface Words {
  yes: string;
  no: string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  user: (id: string) => string | undefined;
  /** The code of the currency of an amount, where its record says one. */
  currency?: string;
}

/** A value as a person reads it. */
export function readable(p: Property, value: string, words: Words): string {
  if (!value) return "";
  const label = (v: string) => p.options.find((o) => o.value === v)?.label ?? v;
  switch (controlOf(p)) {
    case "pick": return label(value);
    case "many": return splitMany(value).map(label).join(", ");
    case "yesno": return value === "true" ? words.yes : words.no;
    case "date": return words.date(instant(value) ?? value);
    case "datetime": return words.dateTime(instant(value) ?? value);
    case "user": return words.user(value) ?? value;
    case "number": return formatNumber(value, p.format, words.currency);
    default: return p.options.length ? label(value) : value;
  }
}

/** Dates come as ISO or as milliseconds in a string. */
export function instant(value: string): string | null {
  const at = /^-?\d{9,}$/.test(value) ? new Date(Number(value)) : new Date(value);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
