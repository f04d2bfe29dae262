/** How tickets are named and coloured, without a word of the page's own language. */
import { formatNumber } from "@/lib/number";
import type { Change, DeliveryState, Item, Message, Row, Stage, TicketEvent } from "./types";

export const PRIORITIES = ["URGENT", "HIGH", "MEDIUM", "LOW"] as const;
export type Priority = (typeof PRIORITIES)[number];

export function asPriority(value: string | undefined): Priority | "" {
  return (PRIORITIES as readonly string[]).includes(value ?? "") ? (value as Priority) : "";
}

export type Look = "new" | "open" | "waiting" | "closed";

/** A status is drawn by its place: the first open one is new, a closed one is done, the rest are under way. */
export function stageLook(stage: Stage | undefined, stages: readonly Stage[]): Look {
  if (!stage) return "open";
  if (stage.state === "CLOSED") return "closed";
  const open = stages.filter((s) => s.state === "OPEN").sort((a, b) => a.displayOrder - b.displayOrder);
  if (open[0]?.id === stage.id) return "new";
  return open[1]?.id === stage.id && open.length > 2 ? "waiting" : "open";
}

export function contactName(contact: { name: string; email: string } | null | undefined): string {
  return contact?.name.trim() || contact?.email || "";
}

/** Deliveries worth a word: a sent mail is silent, and one that was read is not. */
export function needsWord(message: Message): boolean {
  return message.direction === "out" && (message.delivery.state !== "sent" || message.delivery.outbox);
}

export function deliveryTone(state: DeliveryState): "neutral" | "danger" | "accent" {
  if (state === "failed") return "danger";
  return state === "queued" || state === "sending" ? "accent" : "neutral";
}

export interface EventLine {
  key: "created" | "assigned" | "unassigned" | "set" | "cleared" | "changed" | "other";
  values: Record<string, string>;
}

const OWNERS = new Set(["hubspot_owner_id", "hubspot_team_id"]);

/** One event as lines of words: a change each, or the event itself. */
export function eventLines(event: TicketEvent): EventLine[] {
  if (event.type === "created") return [{ key: "created", values: {} }];
  if (event.changes.length === 0) return [{ key: "other", values: { what: event.type.replaceAll("_", " ") } }];
  return event.changes.map(changeLine);
}

function changeLine(change: Change): EventLine {
  const read = (value: string, label: string) => (change.format ? formatNumber(value, change.format) : label || value);
  const to = read(change.to ?? "", change.toLabel);
  const from = read(change.from ?? "", change.fromLabel);
  if (OWNERS.has(change.property)) return to ? { key: "assigned", values: { to } } : { key: "unassigned", values: { from } };
  if (!to) return { key: "cleared", values: { label: change.label } };
  return from ? { key: "changed", values: { label: change.label, from, to } } : { key: "set", values: { label: change.label, to } };
}

/** All files of a conversation, newest first, without pictures that stand in a text. */
export function filesOf(items: readonly Item[]) {
  return items.flatMap((i) => (i.kind === "event" ? [] : i.attachments.filter((a) => !a.inline))).reverse();
}

/** When the row was last touched by a message, or made. */
export function rowAge(row: Row): string {
  return row.lastMessageAt ?? row.createdAt;
}

/** Files a browser can show as a picture. */
export function isPicture(contentType: string): boolean {
  return /^image\/(png|jpe?g|gif|webp|avif|bmp)$/i.test(contentType);
}

/** Addresses of web pages in plain text, so that they can be links. */
export function linkify(text: string): { text: string; href?: string }[] {
  const parts: { text: string; href?: string }[] = [];
  let from = 0;
  for (const found of text.matchAll(/\bhttps?:\/\/[^\s<>"')\]]+/g)) {
    const href = found[0].replace(/[.,;:!?]+$/, "");
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    parts.push({ text: href, href });
    from = found.index + href.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
