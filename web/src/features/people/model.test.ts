import { expect, test } from "vitest";
import type { User } from "./api";
import { blankUser, checkUser, sortUsers, userChange } from "./model";

const ada: User = { id: "1", name: "Ada", email: "ada@example.com", active: true, superAdmin: false, seat: "service", mainTeamId: "7", teamIds: ["7", "8"], lastSeenAt: null, openTickets: 0 };

test("ACC-6 the main team is not among the others", () => {
  expect(blankUser(ada).teamIds).toEqual(["8"]);
  expect(userChange({ ...blankUser(ada), mainTeamId: "8" }, ada)).toEqual({ mainTeamId: "8", teamIds: [] });
});

test("only what differs is sent, an unset password never", () => {
  expect(userChange(blankUser(ada), ada)).toEqual({});
  expect(userChange({ ...blankUser(ada), name: " Ada L " }, ada)).toEqual({ name: "Ada L" });
});

test("a new user needs a password, one who is there doesn't", () => {
  expect(checkUser({ ...blankUser(ada) }, true).password).toBeTruthy();
  expect(checkUser({ ...blankUser(ada) }, false).password).toBeUndefined();
  expect(checkUser({ ...blankUser(ada), password: "short" }, false).password).toBeTruthy();
});

test("who can't sign in stands last", () => {
  const list = sortUsers([{ ...ada, name: "A", active: false }, { ...ada, name: "C" }, { ...ada, name: "B" }]);
  expect(list.map((u) => u.name)).toEqual(["B", "C", "A"]);
});
