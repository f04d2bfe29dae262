import { expect, test } from "vitest";
import type { Row } from "@/features/tickets";
import { appended, arrivedAbove, neighbour, rangeOf, refreshed, type ListData } from "./rows";

const row = (id: string, more: Partial<Row> = {}): Row => ({
  id, subject: `Subject ${id}`, contact: { id: "1", name: "Ada", email: "ada@example.com" }, preview: "", lastMessageAt: "", lastMessageFrom: null, pipelineId: "1", stageId: "2", closed: false,
  priority: "", category: "", ownerId: null, teamId: null, unread: false, channelKind: null, createdAt: "", updatedAt: "", snoozedUntil: null, hasDraft: false, ...more,
});
const rows = (...ids: string[]) => ids.map((id) => row(id));
const data = (ids: string[], next: string | null = null): ListData => ({ rows: rows(...ids), next, total: null });
const ids = (d: ListData) => d.rows.map((r) => r.id);

test("VIEW-5 a refreshed head leaves the rows further down where they are", () => {
  const now = refreshed(data(["1", "2", "3", "4", "5"], "after5"), data(["9", "1", "2"], "after2"));
  expect(ids(now)).toEqual(["9", "1", "2", "3", "4", "5"]);
  expect(now.next).toBe("after5");
});

test("a ticket that moved up is not there twice, one that left is gone", () => {
  expect(ids(refreshed(data(["1", "2", "3", "4"], "x"), data(["4", "1", "2"], "after2")))).toEqual(["4", "1", "2", "3"]);
  expect(ids(refreshed(data(["1", "2", "3", "4"], "x"), data(["1", "3"], "after3")))).toEqual(["1", "3", "4"]);
});

test("a list that has become short ends where the server says so", () => {
  const now = refreshed(data(["1", "2", "3", "4"], "x"), data(["1"], null));
  expect([ids(now), now.next]).toEqual([["1"], null]);
});

test("a row that did not change keeps its object, also when it moved", () => {
  const old = data(["1", "2"]);
  const now = refreshed(old, { rows: [row("9"), row("1"), row("2", { unread: true })], next: null, total: 3 });
  expect(now.rows[1]).toBe(old.rows[0]);
  expect(now.rows[2]).not.toBe(old.rows[1]);
});

test("a row whose contact was renamed is a new row", () => {
  const old = data(["1"]);
  const now = refreshed(old, { rows: [row("1", { contact: { id: "1", name: "Ada L.", email: "ada@example.com" } })], next: null, total: null });
  expect(now.rows[0]?.contact?.name).toBe("Ada L.");
});

test("LIST-1 a following page is added once, and not when the list has moved on", () => {
  const held = data(["1", "2"], "after2");
  const page = data(["2", "3"], null);
  const more = appended(held, page, "after2");
  expect([ids(more), more.next]).toEqual([["1", "2", "3"], null]);
  expect(appended(more, page, "after2")).toBe(more);
});

test("VIEW-5 new rows above what one reads are counted, moved ones are not", () => {
  expect(arrivedAbove(rows("1", "2", "3"), rows("9", "3", "1", "2"), "2")).toBe(1);
  expect(arrivedAbove(rows("1", "2"), rows("1", "2", "9"), "2")).toBe(0);
  expect(arrivedAbove(rows("1"), rows("2"), "1")).toBe(0);
  expect(arrivedAbove(rows("1"), rows("2", "1"), undefined)).toBe(0);
});

test.each([
  ["1", 1, "2"], ["3", 1, "3"], ["1", -1, "1"], [undefined, 1, "1"], [undefined, -1, "3"], ["gone", 1, "1"],
] as const)("from %s by %i one comes to %s", (from, step, want) => {
  expect(neighbour(rows("1", "2", "3"), from, step)).toBe(want);
});

test("in an empty list there is no neighbour", () => {
  expect(neighbour([], "1", 1)).toBeUndefined();
});

test("BULK-1 Shift selects from the last touched row, in both directions", () => {
  const list = rows("1", "2", "3", "4");
  expect([rangeOf(list, "1", "3"), rangeOf(list, "4", "2"), rangeOf(list, undefined, "2"), rangeOf(list, "1", "gone")]).toEqual([["1", "2", "3"], ["2", "3", "4"], ["2"], []]);
});
