import { expect, test } from "vitest";
import { progressOf } from "./progress";

test("IMP-3 an export says how far it is, once that is known", () => {
  expect(progressOf({ total: 0, done: 0 }, "All open")).toBe("Exporting “All open” …");
  expect(progressOf({ total: 3, done: 2 }, "All open")).toBe("Exporting “All open”: 66%");
});
