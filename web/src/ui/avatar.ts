/** "Ada Lovelace" is AL, "ada@example.com" is A. */
export function initials(name: string): string {
  const words = name.split("@")[0]?.split(/[\s._-]+/).filter((w) => /^[\p{L}\p{N}]/u.test(w)) ?? [];
  const first = words[0]?.[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : "";
  return (first + last).toUpperCase();
}

/* Pairs of ground and ink with a contrast above 4.5, the same in light and dark. */
export const TINTS: readonly (readonly [string, string])[] = [
  ["#d5e3fb", "#1d3f8f"],
  ["#d3eee0", "#14563a"],
  ["#fbe4c4", "#6d4300"],
  ["#f9d8d5", "#86231d"],
  ["#e6dcf8", "#51308f"],
  ["#d0edf1", "#0f5560"],
  ["#f8d9ea", "#852458"],
  ["#e3e6ca", "#4b5213"],
];

/** Always the same colours for the same person. */
export function tint(seed: string): { background: string; color: string } {
  let hash = 0;
  for (const c of seed) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  const [background, color] = TINTS[hash % TINTS.length] ?? ["#d5e3fb", "#1d3f8f"];
  return { background, color };
}
