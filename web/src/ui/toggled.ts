/** The names with one more, at the end, or one less. */
export function toggled(chosen: readonly string[], name: string, on: boolean): string[] {
  const others = chosen.filter((n) => n !== name);
  return on ? [...others, name] : others;
}
