/** Pure rules of a conversation held in the cache: joining pages, what is new, what stands in for an answer on its way. */
import type { Conversation, Item } from "./types";

/**
 * Joins a fresh newest page with what was already loaded. Older items stay where the two meet; where they don't, too
 * much has happened and the old ones go, so that no gap is ever shown as if it were complete.
 */
export function mergeNewest(old: Conversation | undefined, fresh: Conversation): Conversation {
  const first = fresh.items[0];
  if (!old || !first) return fresh;
  const meet = old.items.findIndex((i) => i.id === first.id && i.kind === first.kind);
  if (meet <= 0) return { items: reuse(old.items, fresh.items), before: fresh.before };
  return { items: [...old.items.slice(0, meet), ...reuse(old.items, fresh.items)], before: old.before };
}

/** Puts an older page before what is shown; an answer that came twice or too late changes nothing. */
export function prependOlder(held: Conversation, page: Conversation, asked: string): Conversation {
  if (held.before !== asked) return held;
  const known = new Set(held.items.map(itemKey));
  return { items: [...page.items.filter((i) => !known.has(itemKey(i))), ...held.items], before: page.before };
}

export function itemKey(item: Item): string {
  return `${item.kind}/${item.id}`;
}

/** Keeps the object of an item that did not change, so that it is not drawn again. */
function reuse(old: readonly Item[], fresh: readonly Item[]): Item[] {
  const byKey = new Map(old.map((i) => [itemKey(i), i]));
  return fresh.map((i) => {
    const before = byKey.get(itemKey(i));
    return before && JSON.stringify(before) === JSON.stringify(i) ? before : i;
  });
}

export function replaceItem(held: Conversation, item: Item): Conversation {
  return { ...held, items: held.items.map((i) => (itemKey(i) === itemKey(item) ? item : i)) };
}

/** Puts the server's item in the place of the one that stood in for it, or at the end. */
export function settleItem(held: Conversation, standIn: string, item: Item): Conversation {
  const rest = held.items.filter((i) => i.id !== standIn && itemKey(i) !== itemKey(item));
  return { ...held, items: [...rest, item] };
}

export function addItem(held: Conversation, item: Item): Conversation {
  return { ...held, items: [...held.items, item] };
}

export function dropItem(held: Conversation, id: string): Conversation {
  return { ...held, items: held.items.filter((i) => i.id !== id) };
}

/** The newest message or comment: what the author of a reply has seen (THREAD_ADVANCED). */
export function newestSeen(items: readonly Item[]): string | null {
  return items.findLast((i) => i.kind !== "event" && !i.pending)?.id ?? null;
}

/** How many messages and comments by others came after the one last seen; 0 where that one is unknown. */
export function countNew(items: readonly Item[], seen: string | null, myId: string): number {
  if (!seen) return 0;
  const at = items.findIndex((i) => i.id === seen);
  if (at < 0) return 0;
  return items.slice(at + 1).filter((i) => i.kind !== "event" && !i.pending && authorOf(i) !== myId).length;
}

function authorOf(item: Item): string | null {
  if (item.kind === "message") return item.from.userId;
  return item.kind === "comment" ? item.author.userId : item.actor.userId;
}

export interface Block {
  key: string;
  /** A day's heading stands above the first block of it. */
  day?: string;
  items: Item[];
  kind: Item["kind"];
}

/** Groups events that follow one another, so that ten changes are not ten paragraphs, and marks where a day begins. */
export function blocks(items: readonly Item[], dayOf: (iso: string) => string): Block[] {
  const made: Block[] = [];
  let day = "";
  for (const item of items) {
    const today = dayOf(item.at);
    const last = made.at(-1);
    if (today === day && last?.kind === "event" && item.kind === "event") {
      last.items.push(item);
      continue;
    }
    made.push({ key: itemKey(item), kind: item.kind, items: [item], ...(today === day ? {} : { day: today }) });
    day = today;
  }
  return made;
}
