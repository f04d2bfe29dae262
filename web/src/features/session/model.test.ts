import { expect, test } from "vitest";
import { checkSetup, domainOf, looksLikeDomain, timeZones } from "./model";

const good = { company: "Acme", domain: "acme.example", name: "Ada", email: "ada@acme.example", password: "a long sentence", timeZone: "UTC" };

test("UX-6 a good set-up has nothing to say, each wrong field says its own", () => {
  expect(Object.values(checkSetup(good)).filter(Boolean)).toEqual([]);
  const wrong = checkSetup({ ...good, company: " ", domain: "acme", email: "ada", password: "short" });
  expect(Object.entries(wrong).filter(([, m]) => m).map(([name]) => name)).toEqual(["company", "domain", "email", "password"]);
  expect(wrong.password).toContain("5");
});

test.each([["example.com", true], ["a.b.example", true], ["example", false], ["-a.com", false], ["exa mple.com", false], ["https://a.com", false]])("domain %s: %s", (text, want) => {
  expect(looksLikeDomain(text)).toBe(want);
});

test("a public mail service is not the company's domain", () => {
  expect(domainOf("ada@acme.example")).toBe("acme.example");
  expect(domainOf("ada@gmail.com")).toBe("");
  expect(domainOf("ada")).toBe("");
});

test("the wanted zone can always be chosen", () => {
  expect(timeZones("Etc/UTC").some((z) => z.value === "Etc/UTC")).toBe(true);
});
