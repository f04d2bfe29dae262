import { expect, test } from "vitest";
import { fromField, instantOf, presets, toField, wallAt } from "./snooze";

const zone = "Europe/Stockholm";
const iso = (d: Date | null) => d?.toISOString();

test.each([
  ["a Wednesday morning", "2026-03-11T08:07:00Z", ["laterToday 2026-03-11T11:15:00.000Z", "tomorrow 2026-03-12T07:00:00.000Z", "monday 2026-03-16T07:00:00.000Z"]],
  ["a Sunday evening: tomorrow is Monday, and today is over", "2026-03-15T18:00:00Z", ["tomorrow 2026-03-16T07:00:00.000Z"]],
  ["the night before summer time", "2026-03-28T20:00:00Z", ["tomorrow 2026-03-29T06:00:00.000Z", "monday 2026-03-30T06:00:00.000Z"]],
])("TICK-7 the offered moments on %s", (_name, now, want) => {
  const made = presets(new Date(now), zone).filter((p) => p.key !== "nextMonth").map((p) => `${p.key} ${p.at.toISOString()}`);
  expect(made).toEqual(want);
});

test("tomorrow is tomorrow in the user's zone, not in the server's", () => {
  const now = new Date("2026-06-10T23:30:00Z"); // the 11th in Stockholm, the 10th in New York
  expect(iso(presets(now, zone).find((p) => p.key === "tomorrow")?.at ?? null)).toBe("2026-06-12T06:00:00.000Z");
  expect(iso(presets(now, "America/New_York").find((p) => p.key === "tomorrow")?.at ?? null)).toBe("2026-06-11T12:00:00.000Z");
});

test.each(["2026-01-15T13:45:00.000Z", "2026-07-15T22:05:00.000Z", "2026-10-25T04:30:00.000Z"])("a field's value and the instant %s are each other's", (at) => {
  expect(iso(fromField(toField(new Date(at), zone), zone))).toBe(at);
});

test("what is no time is nothing", () => {
  expect([fromField("", zone), fromField("tomorrow", zone)]).toEqual([null, null]);
});

test("an hour that summer time leaves out becomes one that exists", () => {
  const at = instantOf({ year: 2026, month: 3, day: 29, hour: 2, minute: 30 }, zone);
  expect(wallAt(at, zone).day).toBe(29);
});
