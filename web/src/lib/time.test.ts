import { beforeEach, expect, test } from "vitest";
import { dayAndTime, fileSize, getPlace, setPlace, shortAge } from "./time";

const now = Date.parse("2026-03-12T15:00:00Z");
beforeEach(() => setPlace({ locale: "en-GB", timeZone: "Europe/Warsaw" }));

test.each([
  ["2026-03-12T14:59:40Z", "now"],
  ["2026-03-12T14:55:00Z", "5m"],
  ["2026-03-12T11:30:00Z", "3h"],
  ["2026-03-10T10:00:00Z", "2d"],
  ["2026-01-02T10:00:00Z", "2 Jan"],
  ["2024-01-02T10:00:00Z", "2 Jan 2024"],
])("shortAge of %s is %s", (at, want) => {
  expect(shortAge(at, now)).toBe(want);
});

test("UX-4 times are in the user's zone", () => {
  expect(dayAndTime("2026-03-12T08:05:00Z", now)).toBe("09:05");
  expect(dayAndTime("2026-03-11T23:30:00Z", now)).toBe("00:30"); // already the 12th in Warsaw
  expect(dayAndTime("2026-03-10T08:05:00Z", now)).toBe("10 Mar, 09:05");
});

test("an unknown zone leaves the last good one", () => {
  setPlace({ timeZone: "Mars/Olympus" });
  expect(getPlace().timeZone).toBe("Europe/Warsaw");
});

test("sizes in units people know", () => {
  expect(fileSize(950)).toBe("950 byte");
  expect(fileSize(1_500_000)).toBe("1.5 MB");
});
