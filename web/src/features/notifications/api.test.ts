import { expect, test } from "vitest";
import { markRead, type Notification, type NotificationPage } from "./api";

const note = (id: string, read = false): Notification => ({ id, kind: "mention", ticketId: null, title: id, body: "", at: "", read });
const data = (...pages: NotificationPage[]) => ({ pages, pageParams: [""] });

test("reading one lowers the count by one, reading it again by none", () => {
  const once = markRead(data({ results: [note("1"), note("2")], unread: 5 }), ["1"]);
  expect(once.pages[0]?.unread).toBe(4);
  expect(once.pages[0]?.results.map((n) => n.read)).toEqual([true, false]);
  expect(markRead(once, ["1"]).pages[0]?.unread).toBe(4);
});

test("reading all leaves none, also of those not loaded", () => {
  const all = markRead(data({ results: [note("1")], unread: 40 }));
  expect(all.pages[0]?.unread).toBe(0);
  expect(all.pages[0]?.results[0]?.read).toBe(true);
});
