import { expect, test } from "vitest";
import { framed } from "./model";

test("SEC-1 the policy stands before anything the message says", () => {
  const page = framed('<img src="https://tracker.example/x.png">');
  expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.indexOf("tracker"));
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/img-src[^;]*https/);
});
