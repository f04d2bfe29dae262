import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "comfortable";

/** How the page looks on this device; the account's choice is written here when one signs in, and early.js reads it. */
interface Look {
  theme: Theme;
  density: Density;
}

const listeners = new Set<() => void>();
const system = typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");
let look: Look = read();
system?.addEventListener("change", () => listeners.forEach((l) => l()));

function read(): Look {
  try {
    return {
      theme: (localStorage.getItem("deskbell.theme") as Theme | null) ?? "system",
      density: (localStorage.getItem("deskbell.density") as Density | null) ?? "compact",
    };
  } catch {
    return { theme: "system", density: "compact" };
  }
}

export function setLook(next: Partial<Look>): void {
  const wanted = { theme: next.theme ?? look.theme, density: next.density ?? look.density };
  if (wanted.theme === look.theme && wanted.density === look.density) return;
  look = wanted;
  try {
    localStorage.setItem("deskbell.theme", look.theme);
    localStorage.setItem("deskbell.density", look.density);
  } catch {
    // Storage may be switched off: the choice then lasts until the page closes.
  }
  document.documentElement.dataset.density = look.density;
  listeners.forEach((l) => l());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useLook(): Look {
  return useSyncExternalStore(subscribe, () => look, () => look);
}

export function useScheme(): "light" | "dark" {
  return useSyncExternalStore(
    subscribe,
    () => (look.theme === "dark" || (look.theme === "system" && system?.matches) ? "dark" : "light"),
    () => "light" as const,
  );
}
