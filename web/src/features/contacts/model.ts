/** Pure rules of contacts on screen. */
import type { Property } from "@/features/tickets";
import type { Contact } from "./api";

/** The contact as it will be; its shown name follows first and last name, as the server makes it. */
export function withValues(contact: Contact, changed: Record<string, string>): Contact {
  const properties = { ...contact.properties, ...changed };
  const name = `${properties.firstname ?? ""} ${properties.lastname ?? ""}`.trim();
  return { ...contact, properties, name, email: properties.email ?? contact.email, phone: properties.phone ?? contact.phone };
}

/** Takes back only what is still as the refused change left it. */
export function takenBack(now: Contact, before: Contact, changed: Record<string, string>): Contact {
  const back = Object.keys(changed).filter((name) => now.properties[name] === changed[name]);
  return withValues(now, Object.fromEntries(back.map((name) => [name, before.properties[name] ?? ""])));
}

const FIRST = ["firstname", "lastname", "email", "phone", "mobilephone", "company", "jobtitle", "hubspot_owner_id", "lifecyclestage", "city", "country"];

/** The short list: who and how to reach, then the account's own properties; long: all that has a value, too. */
export function shownOf(all: readonly Property[], values: Record<string, string>, long: boolean): Property[] {
  const byName = new Map(all.map((p) => [p.name, p]));
  const first = FIRST.flatMap((name) => byName.get(name) ?? []);
  const rest = all.filter((p) => !FIRST.includes(p.name));
  const own = rest.filter((p) => !/^(hs_|hubspot_)/.test(p.name) && !p.readOnly && (long || values[p.name]));
  return long ? [...first, ...own, ...rest.filter((p) => !own.includes(p) && values[p.name])] : [...first, ...own];
}

export function displayName(c: { name: string; email: string; phone: string }): string {
  return c.name.trim() || c.email || c.phone;
}

/** What stands in the address of the list. */
export function readSearch(raw: Record<string, unknown>): { q?: string } {
  const q = typeof raw.q === "string" ? raw.q.trim().slice(0, 200) : typeof raw.q === "number" ? String(raw.q) : "";
  return q ? { q } : {};
}
