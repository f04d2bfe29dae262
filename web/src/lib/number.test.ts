import { afterEach, beforeEach, expect, test } from "vitest";
import { formatNumber } from "./number";
import { setPlace } from "./time";

beforeEach(() => setPlace({ locale: "en" }));
afterEach(() => setPlace({ locale: "en" }));

test.each([
  ["5400000", "1h 30m"],
  ["3600000", "1h"],
  ["183845000", "2d 3h"],
  ["86400000", "1d"],
  ["86460000", "1d"],
  ["61000", "1m 1s"],
  ["1999", "1s"],
  ["12", "0s"],
  ["0", "0s"],
  ["-90000", "−1m 30s"],
])("PROP-1 %s milliseconds read as %s", (value, want) => {
  expect(formatNumber(value, "duration")).toBe(want);
});

test.each([
  ["0.25", "percent", undefined, "25%"],
  ["0.12345", "percent", undefined, "12.35%"],
  ["1", "probability", undefined, "100%"],
  ["1234567.5", "currency", "EUR", "€1,234,567.50"],
  ["1234567.5", "currency", undefined, "1,234,567.50"],
  ["3", "currency", "no code", "3.00 no code"],
  ["1234567.125", "formatted", undefined, "1,234,567.125"],
  ["9007199254740993", "formatted", undefined, "9,007,199,254,740,993"],
  ["1234567", "", undefined, "1234567"],
  ["", "duration", undefined, ""],
  ["soon", "duration", undefined, "soon"],
])("PROP-1 %s as %s of %s is %s", (value, format, currency, want) => {
  expect(formatNumber(value, format, currency)).toBe(want);
});

test("UX-4 numbers are written as in the user's language", () => {
  setPlace({ locale: "de" });
  expect(formatNumber("1234.5", "currency", "EUR").replace(/\s/g, " ")).toBe("1.234,50 €");
  expect(formatNumber("1234567", "formatted")).toBe("1.234.567");
});
