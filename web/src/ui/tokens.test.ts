import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { initials, TINTS } from "./avatar";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

const grounds = ["bg", "bg-subtle", "bg-muted", "bg-float"];
const readable: [string, string][] = [
  ...["text", "text-2", "text-3", "accent-text", "danger"].flatMap((ink) => grounds.map((g): [string, string] => [ink, g])),
  ["text-2", "bg-active"], ["on-accent", "accent"], ["on-accent", "accent-hover"], ["accent-text", "accent-bg"], ["ok", "ok-bg"], ["ok", "bg"], ["warn", "warn-bg"],
  ["warn", "bg"], ["danger", "danger-bg"], ["text-2", "danger-bg"], ["on-accent", "danger-fill"], ["text", "comment-bg"], ["text-2", "comment-bg"], ["text-3", "comment-bg"],
];

describe.each([["light", ":root"], ["dark", '[data-mantine-color-scheme="dark"]']])("UX-3 contrast, %s", (_name, selector) => {
  const all = tokens(selector);
  test.each(readable)("%s on %s is at least 4.5", (ink, ground) => {
    expect(contrast(all[ink] ?? "", all[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
  test("borders of fields are at least 3", () => {
    expect(contrast(all["border-input"] ?? "", all.bg ?? "")).toBeGreaterThanOrEqual(3);
  });
});

test.each(TINTS.map((t) => [...t]))("UX-3 avatar %s with %s is readable", (ground, ink) => {
  expect(contrast(ground ?? "", ink ?? "")).toBeGreaterThanOrEqual(4.5);
});

test.each([["Ada Lovelace", "AL"], ["ada@example.com", "A"], ["jan.kowalski@example.com", "JK"], ["Alex Admin (Support)", "AA"], ["", "?"]])("initials of %j", (name, want) => {
  expect(initials(name)).toBe(want);
});
