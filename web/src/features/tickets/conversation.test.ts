import { expect, test } from "vitest";
import { addItem, blocks, countNew, dropItem, mergeNewest, newestSeen, prependOlder, settleItem } from "./conversation";
import type { Comment, Conversation, Item, Message, TicketEvent } from "./types";

const event = (id: string, at = "2026-03-01T10:00:00Z"): TicketEvent => ({ kind: "event", id, at, type: "changed", actor: { kind: "user", name: "Ada", userId: "1" }, changes: [], reason: null });
const comment = (id: string, userId = "2", more: Partial<Comment> = {}): Comment => ({
  kind: "comment", id, at: "2026-03-01T10:00:00Z", author: { userId, name: "Ben" }, html: "<p>x</p>", text: "x", mentions: { users: [], teams: [] }, attachments: [], ...more,
});
const message = (id: string, userId: string | null = null): Message => ({
  kind: "message", id, at: "2026-03-01T10:00:00Z", threadId: "t", direction: userId ? "out" : "in", nature: "message", from: { name: "", email: "c@example.com", userId, contactId: null },
  to: [], cc: [], bcc: [], subject: "", html: "", text: "hello", hasQuote: false, remoteImages: 0, attachments: [],
  delivery: { state: "received", error: null, attempts: 0, nextTryAt: null, sentAt: null, outbox: false }, hasOriginal: true,
});
const ids = (c: Conversation) => c.items.map((i) => i.id);
const held = (items: Item[], before: string | null = null): Conversation => ({ items, before });

test("TICK-2 a refresh keeps the older items that were loaded", () => {
  const old = held([message("1"), message("2"), message("3")], "older");
  const fresh = held([message("2"), message("3"), message("4")], "1");
  const merged = mergeNewest(old, fresh);
  expect(ids(merged)).toEqual(["1", "2", "3", "4"]);
  expect(merged.before).toBe("older");
});

test("where the refresh does not meet what is held, no gap is hidden", () => {
  const merged = mergeNewest(held([message("1"), message("2")]), held([message("8"), message("9")], "8"));
  expect(ids(merged)).toEqual(["8", "9"]);
  expect(merged.before).toBe("8");
});

test("an item that did not change keeps its object, one that did is new", () => {
  const old = held([message("1"), message("2")]);
  const changed = { ...message("2"), text: "other" };
  const merged = mergeNewest(old, held([message("1"), changed]));
  expect(merged.items[0]).toBe(old.items[0]);
  expect(merged.items[1]).toEqual(changed);
});

test("items with one id but different kinds are different", () => {
  const merged = mergeNewest(held([event("5"), message("6")]), held([message("5"), message("6")]));
  expect(merged.items[0]?.kind).toBe("message");
});

test("older items go before, once, and only for the question that was asked", () => {
  const now = held([message("3")], "3");
  const page = held([message("1"), message("2"), message("3")], null);
  const once = prependOlder(now, page, "3");
  expect(ids(once)).toEqual(["1", "2", "3"]);
  expect(prependOlder(once, page, "3")).toBe(once);
});

test("UX-5 the server's item takes the place of what stood in for it, even if the live line brought it first", () => {
  const waiting = addItem(held([message("1")]), { ...message("local-1", "9"), pending: true });
  expect(ids(settleItem(waiting, "local-1", message("2", "9")))).toEqual(["1", "2"]);
  const both = addItem(waiting, message("2", "9"));
  expect(ids(settleItem(both, "local-1", message("2", "9")))).toEqual(["1", "2"]);
  expect(ids(dropItem(waiting, "local-1"))).toEqual(["1"]);
});

test("TICK-6 what was seen is the newest word of a person, not an event and not what is still on its way", () => {
  expect(newestSeen([message("1"), comment("2"), event("3"), comment("4", "2", { pending: true })])).toBe("2");
  expect(newestSeen([event("1")])).toBeNull();
});

test.each([
  [[message("1"), message("2"), message("3")], "1", 2],
  [[message("1"), comment("2", "me"), event("3")], "1", 0],
  [[message("1"), message("2", "me"), comment("3")], "1", 1],
  [[message("1")], "gone", 0],
  [[message("1")], null, 0],
] as [Item[], string | null, number][])("new messages are those of others after what was seen (%#)", (items, seen, want) => {
  expect(countNew(items, seen, "me")).toBe(want);
});

test("events that follow one another are one block, and a day is named once", () => {
  const made = blocks([event("1"), event("2"), message("3"), event("4", "2026-03-02T09:00:00Z")], (iso) => iso.slice(0, 10));
  expect(made.map((b) => [b.kind, b.items.length, b.day])).toEqual([
    ["event", 2, "2026-03-01"],
    ["message", 1, undefined],
    ["event", 1, "2026-03-02"],
  ]);
});
