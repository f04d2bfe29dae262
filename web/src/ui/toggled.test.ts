import { expect, test } from "vitest";
import { toggled } from "./toggled";

test("a name is chosen once, and let go", () => {
  expect(toggled(["tickets"], "files", true)).toEqual(["tickets", "files"]);
  expect(toggled(["tickets", "files"], "tickets", true)).toEqual(["files", "tickets"]);
  expect(toggled(["tickets", "files"], "tickets", false)).toEqual(["files"]);
  expect(toggled(toggled([], "a", true), "a", false)).toEqual([]);
});
