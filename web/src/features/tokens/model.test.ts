import { expect, test } from "vitest";
import { matching, summary } from "./model";

const scopes = [
  { name: "tickets", does: "Read and change tickets" },
  { name: "crm.objects.contacts.read", does: "Read contacts" },
  { name: "crm.objects.contacts.write", does: "Change contacts" },
];

test("ACC-8 scopes are found by name and by what they do", () => {
  const names = (typed: string) => matching(scopes, typed).map((s) => s.name);
  expect(names("")).toHaveLength(3);
  expect(names("contacts")).toEqual(["crm.objects.contacts.read", "crm.objects.contacts.write"]);
  expect(names("  READ   crm ")).toEqual(["crm.objects.contacts.read"]);
  expect(names("change tickets")).toEqual(["tickets"]);
  expect(names("nothing")).toEqual([]);
});

test("a token says what it may do in few words", () => {
  expect(summary(true, [])).toBe("everything");
  expect(summary(false, ["tickets"])).toBe("tickets");
  expect(summary(false, ["a", "b", "c"])).toBe("a, b, c");
  expect(summary(false, ["a", "b", "c", "d"])).toBe("a, b, c and 1 more");
});
