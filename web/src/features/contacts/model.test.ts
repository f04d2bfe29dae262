import { expect, test } from "vitest";
import type { Property } from "@/features/tickets";
import type { Contact } from "./api";
import { displayName, readSearch, shownOf, takenBack, withValues } from "./model";

const contact: Contact = { id: "1", properties: { firstname: "Ada", lastname: "Byron", email: "ada@example.com" }, name: "Ada Byron", email: "ada@example.com", phone: "", companies: [], tickets: [] };
const property = (name: string, readOnly = false) => ({ name, readOnly }) as Property;

test("UX-5 a changed name is the shown name at once", () => {
  expect(withValues(contact, { lastname: "Lovelace" }).name).toBe("Ada Lovelace");
});

test("a refused change is taken back, a later one stays", () => {
  const now = withValues(withValues(contact, { lastname: "X" }), { city: "London" });
  expect(takenBack(now, contact, { lastname: "X" })).toMatchObject({ name: "Ada Byron", properties: { city: "London", lastname: "Byron" } });
});

test("the short list has how to reach somebody and own properties with a value; the long one everything that has one", () => {
  const all = [property("hs_score", true), property("email"), property("shoe_size"), property("colour"), property("firstname")];
  const values = { shoe_size: "42", hs_score: "3" };
  expect(shownOf(all, values, false).map((p) => p.name)).toEqual(["firstname", "email", "shoe_size"]);
  expect(shownOf(all, values, true).map((p) => p.name)).toEqual(["firstname", "email", "shoe_size", "colour", "hs_score"]);
});

test("somebody is called by name, address or number", () => {
  expect([displayName({ name: " ", email: "", phone: "+46 1" }), displayName({ name: "Ada", email: "a@b.example", phone: "" })]).toEqual(["+46 1", "Ada"]);
});

test("the address of the list holds only its search", () => {
  expect([readSearch({ q: 12 }), readSearch({ q: " " }), readSearch({ x: "1" })]).toEqual([{ q: "12" }, {}, {}]);
});
