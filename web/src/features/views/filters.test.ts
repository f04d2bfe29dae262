import { expect, test } from "vitest";
import { filtersOf, isFiltered, nextSort, readSearch, sortOf, specOf } from "./filters";

test("an address is read into a search; what is not known in it is left out", () => {
  expect(readSearch({ q: " chair ", owner: "user:7", status: 1234, evil: "x", priority: { a: 1 }, sort: "" })).toEqual({ q: "chair", owner: "user:7", status: "1234" });
  expect(readSearch({ q: "x".repeat(1_000) }).q).toHaveLength(400);
});

test.each([
  [{ owner: "me" }, [{ propertyName: "hubspot_owner_id", operator: "EQ", value: "1" }]],
  [{ owner: "none" }, [{ propertyName: "hubspot_owner_id", operator: "NOT_HAS_PROPERTY" }]],
  [{ owner: "user:7" }, [{ propertyName: "hubspot_owner_id", operator: "EQ", value: "7" }]],
  [{ owner: "team:3" }, [{ propertyName: "hubspot_team_id", operator: "EQ", value: "3" }]],
  [{ priority: "none" }, [{ propertyName: "hs_ticket_priority", operator: "NOT_HAS_PROPERTY" }]],
  [{ priority: "HIGH", status: "5", pipeline: "2" }, [
    { propertyName: "hs_ticket_priority", operator: "EQ", value: "HIGH" }, { propertyName: "hs_pipeline", operator: "EQ", value: "2" }, { propertyName: "hs_pipeline_stage", operator: "EQ", value: "5" },
  ]],
  [{ q: "chair" }, []],
] as const)("LIST-3 %j asks %j", (search, want) => {
  expect(filtersOf(search, "1")).toEqual(want);
});

test("a sort alone is no filter", () => {
  expect([isFiltered({ sort: "subject" }), isFiltered({ q: "x" }), isFiltered({ status: "5" })]).toEqual([false, true, true]);
});

test("LIST-1 a header sorts one way, then the other, then as lists begin", () => {
  expect(nextSort(undefined, "subject", "asc")).toBe("subject");
  expect(nextSort("subject", "subject", "asc")).toBe("-subject");
  expect(nextSort("-subject", "subject", "asc")).toBeUndefined();
  expect(nextSort(undefined, "lastMessageAt", "desc")).toBe("lastMessageAt");
  expect(nextSort("lastMessageAt", "lastMessageAt", "desc")).toBeUndefined();
});

test("the header says which way it is sorted", () => {
  expect([sortOf(undefined, "lastMessageAt"), sortOf("subject", "subject"), sortOf("subject", "lastMessageAt")]).toEqual(["descending", "ascending", "none"]);
});

test("one search is one key, whoever made the object", () => {
  expect(specOf("open", { q: "x", owner: "me" }, "1")).toEqual(specOf("open", { owner: "me", q: "x" }, "1"));
});
