import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
  tone: "neutral" | "danger";
  undo?: () => void;
  /** Another thing that can be done, and what it is called. */
  action?: { label: string; run: () => void };
  /** It goes when it is dismissed, not by the clock. */
  stays?: boolean;
}

const SHOWN_MS = 6_000;
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();

function set(list: Toast[]): void {
  toasts = list;
  listeners.forEach((l) => l());
}

/** Says that something was done; with `undo` it can be taken back. */
export function toast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): number {
  const made: Toast = { tone: "neutral", ...options, id: next++, text };
  set([...toasts.slice(-3), made]);
  hold(made.id, false);
  return made.id;
}

/** Says how far something is, unless that was dismissed. */
export function retell(id: number, text: string): void {
  if (toasts.some((t) => t.id === id && t.text !== text)) set(toasts.map((t) => (t.id === id ? { ...t, text } : t)));
}

/** For a refusal that has no place of its own on the page. */
export function toastError(error: unknown): number {
  return toast(error instanceof Error ? error.message : String(error), { tone: "danger" });
}

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  set(toasts.filter((t) => t.id !== id));
}

/** Stops the clock while the pointer or the focus is on it. */
export function hold(id: number, on: boolean): void {
  clearTimeout(timers.get(id));
  if (!on && !toasts.some((t) => t.id === id && t.stays)) timers.set(id, setTimeout(() => dismiss(id), SHOWN_MS));
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => void listeners.delete(l);
    },
    () => toasts,
    () => toasts,
  );
}
