import { expect, test } from "vitest";
import type { Command } from "@/lib/commands";
import { commandGroups, hitGroups } from "./model";

const command = (label: string, group = "Go to", words = ""): Command => ({ id: label, label, group, words, run: () => undefined });

test("UX-1 commands are found by their other words too, behind those found by name", () => {
  const found = commandGroups([command("Channels", "Settings", "email mailbox"), command("Mailbox rules", "Settings")], "mailbox");
  expect(found.map((g) => g.entries.map((e) => e.label))).toEqual([["Mailbox rules", "Channels"]]);
});

test("without words all commands stand under their headings", () => {
  const found = commandGroups([command("A", "One"), command("B", "Two"), command("C", "One")], "");
  expect(found.map((g) => [g.label, g.entries.length])).toEqual([["One", 2], ["Two", 1]]);
});

test("a contact without a name shows the address once", () => {
  const [group] = hitGroups({ tickets: [], contacts: [{ id: "1", name: "", email: "a@example.com" }] }, { tickets: "T", contacts: "C" }, { ticket: () => undefined, contact: () => undefined });
  expect(group?.entries[0]).toMatchObject({ label: "a@example.com", note: undefined });
});
