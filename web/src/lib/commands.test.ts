import { expect, test } from "vitest";
import { fit } from "./commands";

test("UX-1 every word must be found, beginnings first", () => {
  expect(fit("Go to settings", "sett go")).toBeGreaterThan(0);
  expect(fit("Go to settings", "sett x")).toBe(0);
  expect(fit("Pipelines", "pipe")).toBeGreaterThan(fit("Ticket pipelines", "pipe"));
  expect(fit("Ticket pipelines", "pipe")).toBeGreaterThan(fit("Backpipe", "pipe"));
});

test("accents don't hide a name", () => {
  expect(fit("Łukasz Gómez", "gomez")).toBeGreaterThan(0);
});
