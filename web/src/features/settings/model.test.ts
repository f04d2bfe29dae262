import { expect, test } from "vitest";
import { settingsFor } from "./model";

test("ACC-5 a page needs its permission, a group without pages is left out", () => {
  const shown = settingsFor((p) => p === "pipelines").flatMap((g) => g.entries.map((e) => e.label));
  expect(shown).toEqual(["profile", "pipelines", "reference"]);
  expect(settingsFor(() => true).flatMap((g) => g.entries)).toHaveLength(12);
});
