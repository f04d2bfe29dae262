import { expect, test } from "vitest";
import { mentionChoices } from "./components/mention";

const people = {
  users: [{ id: "1", name: "Maja Lind" }, { id: "2", name: "Tomás Berg" }, ...Array.from({ length: 20 }, (_, i) => ({ id: `9${i}`, name: `Extra ${i}` }))],
  teams: [{ id: "3", name: "Billing" }],
};

test("REPLY-1 people and teams are found by the beginning of a word, accents or not", () => {
  expect(mentionChoices(people, "tom")).toEqual([{ id: "user:2", label: "Tomás Berg", team: false }]);
  expect(mentionChoices(people, "bil")).toEqual([{ id: "team:3", label: "Billing", team: true }]);
  expect(mentionChoices(people, "nobody")).toEqual([]);
});

test("the list is short", () => {
  expect(mentionChoices(people, "")).toHaveLength(8);
});
