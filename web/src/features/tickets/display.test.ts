import { expect, test } from "vitest";
import { asPriority, contactName, deliveryTone, eventLines, filesOf, isPicture, linkify, needsWord, stageLook } from "./display";
import type { Attachment, Change, Comment, Message, Stage, TicketEvent } from "./types";

const stage = (id: string, displayOrder: number, state: Stage["state"] = "OPEN"): Stage => ({ id, label: id, displayOrder, state, ticketCount: 0 });
const stages = [stage("closed", 3, "CLOSED"), stage("contact", 1), stage("new", 0), stage("us", 2)];

test.each([["new", "new"], ["contact", "waiting"], ["us", "open"], ["closed", "closed"]])("the status %s is drawn as %s", (id, want) => {
  expect(stageLook(stages.find((s) => s.id === id), stages)).toBe(want);
});

test("two open statuses need no waiting one, and an unknown status is simply open", () => {
  expect(stageLook(stage("b", 1), [stage("a", 0), stage("b", 1)])).toBe("open");
  expect(stageLook(undefined, stages)).toBe("open");
});

test("a priority the page does not know is none", () => {
  expect([asPriority("HIGH"), asPriority("SOON"), asPriority(undefined)]).toEqual(["HIGH", "", ""]);
});

test("somebody without a name is called by the address", () => {
  expect([contactName({ name: " ", email: "a@example.com" }), contactName(null)]).toEqual(["a@example.com", ""]);
});

const change = (more: Partial<Change>): Change => ({ property: "hs_ticket_priority", label: "Priority", from: "", to: "", fromLabel: "", toLabel: "", format: "", ...more });
const event = (type: string, changes: Change[] = []): TicketEvent => ({ kind: "event", id: "1", at: "", type, actor: { kind: "user", name: "Ada", userId: "1" }, changes, reason: null });

test.each([
  [event("created", [change({ to: "x" })]), ["created"]],
  [event("changed", [change({ from: "LOW", to: "HIGH", fromLabel: "Low", toLabel: "High" })]), ["changed"]],
  [event("changed", [change({ to: "HIGH" }), change({ from: "HIGH" })]), ["set", "cleared"]],
  [event("assigned", [change({ property: "hubspot_owner_id", to: "5", toLabel: "Ada" })]), ["assigned"]],
  [event("assigned", [change({ property: "hubspot_owner_id", from: "5" })]), ["unassigned"]],
  [event("thread_moved"), ["other"]],
])("an event becomes lines of words (%#)", (given, want) => {
  expect(eventLines(given).map((l) => l.key)).toEqual(want);
});

test("labels are shown, not internal values", () => {
  expect(eventLines(event("changed", [change({ from: "LOW", to: "HIGH", fromLabel: "Low", toLabel: "High" })]))[0]?.values).toEqual({ label: "Priority", from: "Low", to: "High" });
});

test("PROP-1 numbers of the history read as in the panel", () => {
  expect(eventLines(event("changed", [change({ label: "Spent", from: "60000", to: "5400000", fromLabel: "60000", toLabel: "5400000", format: "duration" })]))[0]?.values).toEqual({ label: "Spent", from: "1m", to: "1h 30m" });
});

const out = (state: Message["delivery"]["state"], outbox = false) => ({ direction: "out", delivery: { state, outbox } }) as Message;

test("a mail that was sent is silent, everything else says how it stands", () => {
  expect([needsWord(out("sent")), needsWord(out("sent", true)), needsWord(out("queued")), needsWord(out("failed"))]).toEqual([false, true, true, true]);
  expect(needsWord({ ...out("received"), direction: "in" })).toBe(false);
  expect([deliveryTone("failed"), deliveryTone("sending"), deliveryTone("sent")]).toEqual(["danger", "accent", "neutral"]);
});

test("files of a conversation are the newest first, without pictures inside of texts", () => {
  const file = (id: string, inline = false) => ({ id, inline }) as Attachment;
  const item = (...attachments: Attachment[]) => ({ kind: "comment", attachments }) as Comment;
  expect(filesOf([item(file("1"), file("2", true)), event("created"), item(file("3"))]).map((f) => f.id)).toEqual(["3", "1"]);
});

test("only pictures every browser shows are shown", () => {
  expect(["image/png", "image/jpeg", "image/svg+xml", "image/tiff", "application/pdf"].map(isPicture)).toEqual([true, true, false, false, false]);
});

test("addresses in text become links without the full stop behind them", () => {
  expect(linkify("See https://example.com/a?b=1. Or (http://example.org) <b>")).toEqual([
    { text: "See " },
    { text: "https://example.com/a?b=1", href: "https://example.com/a?b=1" },
    { text: ". Or (" },
    { text: "http://example.org", href: "http://example.org" },
    { text: ") <b>" },
  ]);
  expect(linkify("javascript:alert(1)")).toEqual([{ text: "javascript:alert(1)" }]);
});
