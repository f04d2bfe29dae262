import { expect, test } from "vitest";
import { addTo, isEmail, parseAddresses, replyAll, sameKey, sameRecipients, tidy } from "./recipients";

const a = (email: string, name = "") => ({ name, email });
const own = ["support@acme.example", "sales@acme.example"];
const emails = (list: { email: string }[]) => list.map((x) => x.email);

test("REPLY-2 a reply goes to the sender, the other readers get a copy, we don't", () => {
  const r = replyAll({ direction: "in", from: a("ada@example.com"), to: [a("Support@acme.example"), a("ben@example.com")], cc: [a("sales+t12@acme.example"), a("cy@example.com")] }, own);
  expect([emails(r.to), emails(r.cc), r.bcc]).toEqual([["ada@example.com"], ["ben@example.com", "cy@example.com"], []]);
});

test("where the sender wants answers elsewhere, they go there", () => {
  const r = replyAll({ direction: "in", from: a("noreply@example.com"), replyTo: [a("desk@example.com", "Desk")], to: [a(own[0] ?? "")], cc: [] }, own);
  expect(r.to).toEqual([a("desk@example.com", "Desk")]);
});

test("after a message of ours the same people are written to", () => {
  const r = replyAll({ direction: "out", from: a("support@acme.example"), to: [a("ada@example.com")], cc: [a("cy@example.com"), a("support@acme.example")] }, own);
  expect([emails(r.to), emails(r.cc)]).toEqual([["ada@example.com"], ["cy@example.com"]]);
});

test("a colleague who wrote from a connected address is not answered: the contact is", () => {
  const r = replyAll({ direction: "in", from: a("sales@acme.example"), to: [a("support@acme.example")], cc: [] }, own, [a("ada@example.com")]);
  expect(emails(r.to)).toEqual(["ada@example.com"]);
});

test("nobody is written to twice, whatever the case", () => {
  const r = replyAll({ direction: "in", from: a("ada@example.com"), to: [a("ADA@example.com")], cc: [a("ben@example.com"), a("Ben@Example.com")] }, own);
  expect([emails(r.to), emails(r.cc)]).toEqual([["ada@example.com"], ["ben@example.com"]]);
});

test("TICK-4 a first message goes to the contact", () => {
  expect(replyAll(undefined, own, [a("ada@example.com")])).toEqual({ to: [a("ada@example.com")], cc: [], bcc: [] });
});

test.each([["Support+t12@Acme.example", "support@acme.example"], ["+x@acme.example", "+x@acme.example"], ["nothing", "nothing"]])("%s is %s", (email, want) => {
  expect(sameKey(email)).toBe(want);
});

test("a pasted list becomes people, what is none stays", () => {
  const { found, rest } = parseAddresses('"Lovelace, Ada" <ada@example.com>; ben@example.com, nobody\ncy@example');
  expect(found).toEqual([a("ada@example.com", "Lovelace, Ada"), a("ben@example.com")]);
  expect(rest).toBe("nobody, cy@example");
});

test.each([["a@b.example", true], ["a b@c.example", false], ["a@b", false], ["@b.example", false], ["a@b.example>", false]])("%s is an address: %s", (text, want) => {
  expect(isEmail(text)).toBe(want);
});

test("somebody in To needs no copy, and who is there already is not added", () => {
  expect(tidy({ to: [a("a@b.example")], cc: [a("A@b.example"), a("c@b.example")], bcc: [a("c@b.example")] })).toEqual({ to: [a("a@b.example")], cc: [a("c@b.example")], bcc: [] });
  expect(addTo([a("a@b.example")], [a("a@B.example"), a("c@b.example")])).toHaveLength(2);
});

test("the same people are the same, a copy more is not", () => {
  const one = { to: [a("a@b.example")], cc: [], bcc: [] };
  expect(sameRecipients(one, { ...one, to: [a("A@b.example", "A")] })).toBe(true);
  expect(sameRecipients(one, { ...one, cc: [a("c@b.example")] })).toBe(false);
});

test("whom a channel knows by another name is answered by that name", () => {
  const eve = { name: "Eve", email: "Eve/7", type: "CHANNEL_SPECIFIC_OPAQUE_ID" as const };
  const r = replyAll({ direction: "in", from: eve, to: [{ name: "", email: "Shop-7", type: "CHANNEL_SPECIFIC_OPAQUE_ID" }], cc: [] }, ["Shop-7"]);
  expect(r).toEqual({ to: [eve], cc: [], bcc: [] });
});
