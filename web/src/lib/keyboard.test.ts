import { expect, test } from "vitest";
import { keyOf, match, type Shortcut } from "./keyboard";

const press = (key: string, mods: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...mods });
const shortcut = (keys: string, label = keys): Shortcut => ({ keys, label, scope: "test", run: () => undefined });

test.each([
  [press("j"), "j"],
  [press("K", { ctrlKey: true, shiftKey: true }), "mod+shift+k"],
  [press("?", { shiftKey: true }), "?"],
  [press("Enter", { shiftKey: true }), "shift+enter"],
  [press(" "), "space"],
])("a press is read as %s", (got, want) => {
  expect(got).toBe(want);
});

test("UX-1 a sequence wins over the single key it ends with", () => {
  const all = [shortcut("i"), shortcut("g i")];
  expect(match(all, "i", "g").run?.keys).toBe("g i");
  expect(match(all, "i", undefined).run?.keys).toBe("i");
});

test("the first key of a sequence waits and runs nothing", () => {
  expect(match([shortcut("g i")], "g", undefined)).toEqual({ run: undefined, wait: true });
});

test("what was registered last wins", () => {
  expect(match([shortcut("e", "shell"), shortcut("e", "page")], "e", undefined).run?.label).toBe("page");
});
