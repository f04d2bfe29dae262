import { fit, type Command } from "@/lib/commands";
import type { ContactHit, TicketHit } from "./api";

export interface Entry {
  id: string;
  label: string;
  note?: string;
  keys?: string;
  run: () => void;
}

export interface EntryGroup {
  label: string;
  entries: Entry[];
}

const COMMANDS_SHOWN = 40;

/** Commands that fit what was typed, best first, under their headings; a heading stands where its best entry does. */
export function commandGroups(commands: readonly Command[], query: string): EntryGroup[] {
  const ranked = commands
    .map((command) => ({ command, score: Math.max(fit(command.label, query), fit(`${command.label} ${command.words ?? ""}`, query) * 0.6) }))
    .filter((r) => r.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, COMMANDS_SHOWN);
  const groups = new Map<string, Entry[]>();
  for (const { command } of ranked) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups].map(([label, entries]) => ({ label, entries }));
}

interface Go {
  ticket: (id: string) => void;
  contact: (id: string) => void;
}

export function hitGroups(hits: { tickets: TicketHit[]; contacts: ContactHit[] } | undefined, names: { tickets: string; contacts: string }, go: Go): EntryGroup[] {
  if (!hits) return [];
  const groups: EntryGroup[] = [
    { label: names.tickets, entries: hits.tickets.map((h) => ({ id: `ticket-${h.id}`, label: h.subject, note: h.contact?.name || h.contact?.email, run: () => go.ticket(h.id) })) },
    { label: names.contacts, entries: hits.contacts.map((h) => ({ id: `contact-${h.id}`, label: h.name || h.email, note: h.name ? h.email : undefined, run: () => go.contact(h.id) })) },
  ];
  return groups.filter((g) => g.entries.length > 0);
}
