import { afterEach, expect, test } from "vitest";
import { addCatalogue, defineMessages, setLanguage } from "./i18n";

const { t } = defineMessages("test", { open: "Open", hello: "Hello {name}", found_one: "{count} ticket", found_other: "{count} tickets" });

afterEach(() => setLanguage("en"));

test("UX-4 values and plurals are put in", () => {
  expect(t("hello", { name: "Ada" })).toBe("Hello Ada");
  expect(t("found", { count: 1 })).toBe("1 ticket");
  expect(t("found", { count: 12500 })).toBe("12,500 tickets");
});

test("UX-4 another language uses its own plural rules and falls back to English", () => {
  addCatalogue("pl", "test", { found_one: "{count} zgłoszenie", found_few: "{count} zgłoszenia", found_many: "{count} zgłoszeń" });
  setLanguage("pl");
  expect([1, 3, 5].map((count) => t("found", { count }))).toEqual(["1 zgłoszenie", "3 zgłoszenia", "5 zgłoszeń"]);
  expect(t("open")).toBe("Open");
});

test("a value that is not given stays visible, so that it is noticed", () => {
  expect(t("hello", {})).toBe("Hello {name}");
});
