import { useEffect, useRef, useSyncExternalStore } from "react";

/**
 * One registry of keys. A shortcut is "j", "mod+k", "?", "shift+enter" or a sequence "g i"; mod is Cmd on a Mac, Ctrl
 * elsewhere. What is registered last wins, so an open page beats the shell. Letters do nothing while one types.
 */
export interface Shortcut {
  keys: string;
  label: string;
  /** The heading in the help dialog. */
  scope: string;
  run: (event: KeyboardEvent) => void;
  /** Also while the focus is in a field. Combinations with mod always work there. */
  inFields?: boolean;
}

const SEQUENCE_MS = 1_200;
const registered: Shortcut[] = [];
const listeners = new Set<() => void>();
let version = 0;
let typed: { key: string; at: number } | undefined;

const mac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** "mod+shift+k" for an event, in one fixed order. */
export function keyOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const parts: string[] = [];
  if (mac ? event.metaKey : event.ctrlKey) parts.push("mod");
  if (mac ? event.ctrlKey : event.metaKey) parts.push("meta");
  if (event.altKey) parts.push("alt");
  // A printed sign already says shift ("?" or "#"); with letters and named keys it has to be told.
  const printed = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
  if (event.shiftKey && !printed) parts.push("shift");
  return [...parts, event.key === " " ? "space" : event.key.toLowerCase()].join("+");
}

/** What a key press means now: the shortcut to run, or the wait for a sequence's second key. */
export function match(shortcuts: readonly Shortcut[], key: string, before: string | undefined): { run?: Shortcut; wait: boolean } {
  const sequence = before ? `${before} ${key}` : undefined;
  const newestFirst = [...shortcuts].reverse();
  const run = newestFirst.find((s) => s.keys === sequence) ?? newestFirst.find((s) => s.keys === key);
  const wait = shortcuts.some((s) => s.keys.startsWith(`${key} `));
  return { run, wait };
}

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function dialogOpen(): boolean {
  // In an open menu or list letters choose; they must not act on the page behind.
  return [...document.querySelectorAll('[role="dialog"][aria-modal="true"], [role="menu"], [role="listbox"]')].some((el) => el.checkVisibility());
}

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const key = keyOf(event);
  const field = inField(event.target);
  const free = key.startsWith("mod+") || (!field && !dialogOpen());
  const before = typed && Date.now() - typed.at < SEQUENCE_MS && !field ? typed.key : undefined;
  typed = undefined;
  const usable = registered.filter((s) => free || (field && s.inFields));
  const { run, wait } = match(usable, key, before);
  if (run) {
    event.preventDefault();
    run.run(event);
  } else if (wait) {
    typed = { key, at: Date.now() };
  }
}

function changed(): void {
  version += 1;
  listeners.forEach((l) => l());
}

function register(shortcuts: readonly Shortcut[]): () => void {
  if (registered.length === 0) document.addEventListener("keydown", handle);
  registered.push(...shortcuts);
  changed();
  return () => {
    for (const s of shortcuts) registered.splice(registered.indexOf(s), 1);
    if (registered.length === 0) document.removeEventListener("keydown", handle);
    changed();
  };
}

/** Keys that work while the calling component is on the page. `run` may change at every render. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  const shape = shortcuts.map((s) => `${s.keys}|${s.label}|${s.scope}|${s.inFields ?? ""}`).join("\n");
  useEffect(() => {
    const stable = latest.current.map((s, i) => ({ ...s, run: (e: KeyboardEvent) => latest.current[i]?.run(e) }));
    return register(stable);
  }, [shape]);
}

/** All keys that work now, for the help dialog; of two with the same keys only the one that wins. */
export function useAllShortcuts(): Shortcut[] {
  useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => void listeners.delete(l);
    },
    () => version,
    () => version,
  );
  return registered.filter((s, i) => !registered.some((later, j) => j > i && later.keys === s.keys));
}

/** Keys as a person reads them: "mod+k" is "⌘K" or "Ctrl K". */
export function keyNames(keys: string): string[][] {
  const names: Record<string, string> = {
    mod: mac ? "⌘" : "Ctrl", meta: mac ? "Ctrl" : "Meta", alt: mac ? "⌥" : "Alt", shift: "⇧", enter: "Enter",
    escape: "Esc", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→", space: "Space",
  };
  return keys.split(" ").map((step) => step.split("+").map((k) => names[k] ?? (k.length === 1 ? k.toUpperCase() : k)));
}
