import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

const LEAST = 96;
const NAME = "deskbell.editorHeight";

function clamp(height: number): number {
  return Math.round(Math.min(Math.max(height, LEAST), innerHeight * 0.6));
}

function remembered(): number {
  try {
    return clamp(Number(localStorage.getItem(NAME)) || 148);
  } catch {
    return 148;
  }
}

/** The height of the text, drawn taller by its upper edge or with the arrows; remembered on this device. */
export function useHeight() {
  const [height, setHeight] = useState(remembered);
  const from = useRef<{ y: number; height: number } | null>(null);
  const set = (next: number) => {
    const kept = clamp(next);
    setHeight(kept);
    try {
      localStorage.setItem(NAME, String(kept));
    } catch {
      // It lasts until the page closes then.
    }
  };
  const handle = {
    role: "separator", tabIndex: 0, "aria-orientation": "horizontal" as const, "aria-valuenow": height, "aria-valuemin": LEAST,
    onPointerDown: (e: PointerEvent<HTMLElement>) => {
      from.current = { y: e.clientY, height };
      e.currentTarget.setPointerCapture(e.pointerId);
    },
    onPointerMove: (e: PointerEvent) => from.current && set(from.current.height + from.current.y - e.clientY),
    onPointerUp: () => void (from.current = null),
    onKeyDown: (e: KeyboardEvent) => {
      const step = { ArrowUp: 24, ArrowDown: -24 }[e.key];
      if (step === undefined) return;
      e.preventDefault();
      set(height + step);
    },
  };
  return { height, handle };
}
