import type { Schemas } from "@/lib/api";
/** Who a reply goes to. Pure: addresses in, addresses out. */

export type Address = Schemas["WireAddress"];

export interface Recipients {
  to: Address[];
  cc: Address[];
  bcc: Address[];
}

/** What is known of the message that is answered. */
export interface Answered {
  direction: "in" | "out";
  from: Address;
  to: readonly Address[];
  cc: readonly Address[];
  /** Where the sender wants answers, if not at `from`. */
  replyTo?: readonly Address[];
}

/** One spelling for comparison: case doesn't count, and "support+t12@x" is "support@x". */
export function sameKey(email: string): string {
  const clean = email.trim().toLowerCase();
  const at = clean.lastIndexOf("@");
  if (at < 0) return clean;
  const plus = clean.indexOf("+");
  return plus > 0 && plus < at ? clean.slice(0, plus) + clean.slice(at) : clean;
}

function unique(list: readonly Address[], taken: Set<string>): Address[] {
  const kept: Address[] = [];
  for (const one of list) {
    const key = one.email.trim().toLowerCase();
    if (!key || taken.has(key)) continue;
    taken.add(key);
    kept.push({ name: one.name, email: one.email.trim(), ...(one.type && { type: one.type }) });
  }
  return kept;
}

/**
 * Reply to all, without ourselves: the sender (or where the sender wants answers), with the other readers in copy. After
 * a message of ours the same people are written to again. `own` are our connected addresses; mail to one of them in
 * copy would come back in and loop.
 */
export function replyAll(answered: Answered | undefined, own: readonly string[], fallback: readonly Address[] = []): Recipients {
  const ours = new Set(own.map(sameKey));
  const theirs = (list: readonly Address[]) => list.filter((a) => !ours.has(sameKey(a.email)));
  if (!answered) return { to: unique(theirs(fallback), new Set()), cc: [], bcc: [] };
  const taken = new Set<string>();
  const inbound = answered.direction === "in";
  const sender = answered.replyTo?.length ? answered.replyTo : [answered.from];
  let to = unique(theirs(inbound ? sender : answered.to), taken);
  if (to.length === 0) to = unique(theirs(fallback), taken);
  const rest = inbound ? [...answered.to, ...answered.cc] : [...answered.cc];
  return { to, cc: unique(theirs(rest), taken), bcc: [] };
}

const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/;

export function isEmail(text: string): boolean {
  return EMAIL.test(text.trim());
}

/** Reads "Ada Lovelace <ada@example.com>", bare addresses, and lists of them; what is no address is handed back. */
export function parseAddresses(text: string): { found: Address[]; rest: string } {
  const found: Address[] = [];
  const rest: string[] = [];
  for (const part of splitList(text)) {
    const named = /^"?([^"<]*?)"?\s*<([^<>]+)>$/.exec(part);
    const email = (named?.[2] ?? part).trim();
    if (isEmail(email)) found.push({ name: named?.[1]?.trim() ?? "", email });
    else rest.push(part);
  }
  return { found, rest: rest.join(", ") };
}

/** Commas, semicolons and line ends part addresses, but not inside of quotes. */
function splitList(text: string): string[] {
  const parts = text.match(/(?:"[^"]*"|[^,;\n])+/g) ?? [];
  return parts.map((p) => p.trim()).filter(Boolean);
}

export function addTo(list: readonly Address[], more: readonly Address[]): Address[] {
  return unique([...list, ...more], new Set());
}

/** Everybody once: somebody in To needs no copy. */
export function tidy(r: Recipients): Recipients {
  const taken = new Set<string>();
  return { to: unique(r.to, taken), cc: unique(r.cc, taken), bcc: unique(r.bcc, taken) };
}

export function label(a: Address): string {
  return a.name?.trim() || a.email;
}

/** Answers from ticket to ticket differ in nothing but order: then no draft has to be kept. */
export function sameRecipients(a: Recipients, b: Recipients): boolean {
  const flat = (r: Recipients) => [r.to, r.cc, r.bcc].map((l) => l.map((x) => x.email.toLowerCase()).join()).join("|");
  return flat(a) === flat(b);
}
