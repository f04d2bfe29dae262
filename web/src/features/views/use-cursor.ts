import { useEffect, useRef, useState } from "react";
import { neighbour } from "./rows";

/** Which row the keys stand on. It follows its ticket when rows move, and its place when the ticket has left. */
export function useCursor(rows: readonly { id: string }[], start?: string) {
  const [cursor, setCursor] = useState<string | undefined>(start);
  const place = useRef(0);
  const at = rows.findIndex((r) => r.id === cursor);
  useEffect(() => {
    if (at >= 0) place.current = at;
  }, [at]);
  const present = at >= 0 || cursor === undefined ? cursor : rows[Math.min(place.current, rows.length - 1)]?.id;
  const move = (step: 1 | -1): string | undefined => {
    const next = neighbour(rows, present, step);
    setCursor(next);
    return next;
  };
  return { cursor: present, setCursor, move };
}
