import { expect, test } from "vitest";
import { LOCALES, localesWith } from "./model";

test("UX-4 every format offered is one the browser knows", () => {
  expect(Intl.DateTimeFormat.supportedLocalesOf(LOCALES.map((l) => l.value))).toHaveLength(LOCALES.length);
});

test("a format set elsewhere is kept in the list", () => {
  expect(localesWith("pt-BR")[0]?.value).toBe("pt-BR");
  expect(localesWith("pl")).toBe(LOCALES);
});
