import { expect, test } from "vitest";
import { answeredIn, firstRecipients, liveliestThread, ownAddresses, standIn } from "./reply";
import type { Item, Message, Thread, Ticket } from "./types";

const thread = (id: string, channelAddress: string): Thread => ({ id, channelId: "1", channelKind: "x", channelAddress, subject: "", contactId: null, participants: [], replyTo: [], replyCc: [], lastInboundAt: null });
const ticket: Ticket = {
  id: "7", rev: "1", properties: {}, companies: [], unread: false, following: false, snoozedUntil: null, closed: false, can: { edit: true, delete: true, reply: true },
  contacts: [{ id: "1", name: "Nobody", email: "", phone: "", primary: false }, { id: "2", name: "Ada", email: "ada@example.com", phone: "", primary: true }],
  threads: [thread("a", "support@acme.example"), thread("b", "sales@acme.example")],
  replyChannels: [{ channelId: "1", kind: "x", name: "Support", address: "support@acme.example" }],
};
const message = (id: string, threadId: string, more: Partial<Message> = {}) => ({ kind: "message", id, threadId, nature: "message", direction: "in", ...more }) as Message;

test("our own addresses are known once each", () => {
  expect(ownAddresses(ticket, "help@acme.example")).toEqual(["support@acme.example", "sales@acme.example", "help@acme.example"]);
});

test("what is answered is the last message of a person in the thread: no automatic reply, nothing still on its way", () => {
  const items: Item[] = [message("1", "a"), message("2", "b"), message("3", "a", { nature: "auto_reply" }), message("4", "a", { pending: true })];
  expect(answeredIn(items, "a")?.id).toBe("1");
  expect(answeredIn(items, null)?.id).toBe("2");
  expect(answeredIn([], "a")).toBeUndefined();
});

test("a reply goes to the thread that was last spoken in", () => {
  expect(liveliestThread(ticket, [message("1", "b"), message("2", "a")])).toBe("a");
  expect(liveliestThread(ticket, [message("1", "gone")])).toBe("b");
  expect(liveliestThread({ ...ticket, threads: [] }, [])).toBeNull();
});

test("TICK-4 a first message goes to the primary contact that has an address", () => {
  expect(firstRecipients(ticket)).toEqual([{ name: "Ada", email: "ada@example.com" }]);
  expect(firstRecipients({ ...ticket, contacts: [] })).toEqual([]);
});

test("UX-5 what stands in for a reply says that it is being sent, a comment that it is a comment", () => {
  const me = { id: "9", name: "Maja", email: "maja@acme.example" };
  const draft = { html: "<p>x</p>", to: [{ name: "", email: "ada@example.com" }], cc: [], bcc: [], threadId: "a", attachments: [] };
  expect(standIn({ ...draft, kind: "reply" }, me, "2026-01-01T00:00:00Z", "local-1")).toMatchObject({ kind: "message", id: "local-1", direction: "out", pending: true, delivery: { state: "sending" } });
  expect(standIn({ ...draft, kind: "comment" }, me, "2026-01-01T00:00:00Z", "local-2")).toMatchObject({ kind: "comment", pending: true, author: { userId: "9" } });
});
