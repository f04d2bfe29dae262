import { expect, test } from "vitest";
import { CATEGORIES, details, readAuditSearch, sentence } from "./model";
import { t } from "./messages";

test("ACC-9 what was done is a sentence, and what has none is still named", () => {
  expect(sentence({ actorName: "Ada", action: "user.changed", objectName: "mia@acme.example" })).toBe("Ada changed the user mia@acme.example");
  expect(sentence({ actorName: "Ada", action: "sign-in.ok", objectName: "ada@acme.example" })).toBe("Ada signed in");
  expect(sentence({ actorName: "Ada", action: "moon.reached", objectName: "Apollo" })).toBe("Ada: moon.reached Apollo");
  expect(sentence({ actorName: "Ada", action: "moon.reached", objectName: "" })).toBe("Ada: moon.reached");
});

test("what changed is told, the browser is not", () => {
  const entry = { category: "user", objectType: "users", objectId: "7", detail: { active: "true → false", agent: "Firefox" } };
  expect(details(entry)).toEqual(["active: true → false"]);
  expect(details({ ...entry, category: "deletion", objectType: "tickets", detail: {} })).toEqual(["tickets 7"]);
});

test("only what can be filtered by is read from the address", () => {
  expect(readAuditSearch({ what: "user", who: 12 })).toEqual({ what: "user", who: "12" });
  expect(readAuditSearch({ what: "x", who: "me" })).toEqual({ what: undefined, who: undefined });
  for (const category of CATEGORIES) expect(t(category)).not.toBe(category);
});
