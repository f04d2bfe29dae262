import { useEffect, useRef, useSyncExternalStore } from "react";

/** An entry of the palette (Ctrl/Cmd-K). */
export interface Command {
  id: string;
  label: string;
  /** The heading it stands under. */
  group: string;
  /** Other words it is found by. */
  words?: string;
  /** Shown at the right: "g i". */
  keys?: string;
  run: () => void;
}

let commands: Command[] = [];
const listeners = new Set<() => void>();

function set(next: Command[]): void {
  commands = next;
  listeners.forEach((l) => l());
}

/** Offers commands in the palette while the calling component is on the page. */
export function useCommands(offered: readonly Command[]): void {
  const latest = useRef(offered);
  useEffect(() => {
    latest.current = offered;
  });
  const shape = offered.map((c) => `${c.id}|${c.label}|${c.group}|${c.words ?? ""}|${c.keys ?? ""}`).join("\n");
  useEffect(() => {
    const stable = latest.current.map((c, i) => ({ ...c, run: () => latest.current[i]?.run() }));
    set([...commands, ...stable]);
    return () => set(commands.filter((c) => !stable.includes(c)));
  }, [shape]);
}

export function useAllCommands(): Command[] {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => void listeners.delete(l);
    },
    () => commands,
    () => commands,
  );
}

/** How well words fit a text: every word must be found; beginnings of words count most. 0 means no fit. */
export function fit(text: string, query: string): number {
  const hay = fold(text);
  const words = fold(query).split(/\s+/).filter(Boolean);
  let total = 0;
  for (const word of words) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    total += at === 0 ? 4 : hay[at - 1] === " " || hay.includes(` ${word}`) ? 3 : 1;
  }
  return words.length ? total / words.length : 1;
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
