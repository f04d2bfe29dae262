/** Pure rules of a list of tickets in the cache: joining pages, refreshing in place, moving to the neighbours. */
import type { Row } from "@/features/tickets";

export interface ListData {
  rows: Row[];
  /** Asks for the following page; null at the end. */
  next: string | null;
  total: number | null;
}

/** How many rows a refresh asks for: what is loaded, within reason. */
export const REFRESH_MOST = 200;

/**
 * A refreshed head of the list takes the place of the old one. Rows further down stay, so that the scroll position
 * does, but never a row twice.
 */
export function refreshed(old: ListData | undefined, fresh: ListData): ListData {
  if (!old || fresh.next === null || old.rows.length <= fresh.rows.length) {
    return { ...fresh, rows: reuse(old?.rows ?? [], fresh.rows) };
  }
  const ids = new Set(fresh.rows.map((r) => r.id));
  const last = fresh.rows.at(-1);
  const cut = last ? old.rows.findIndex((r) => r.id === last.id) : -1;
  const tail = old.rows.slice(cut < 0 ? fresh.rows.length : cut + 1).filter((r) => !ids.has(r.id));
  if (tail.length === 0) return { ...fresh, rows: reuse(old.rows, fresh.rows) };
  return { rows: [...reuse(old.rows, fresh.rows), ...tail], next: old.next, total: fresh.total };
}

/** Adds a page asked for with `asked`; one that came too late, after the list was refreshed past it, is dropped. */
export function appended(held: ListData, page: ListData, asked: string): ListData {
  if (held.next !== asked) return held;
  const ids = new Set(held.rows.map((r) => r.id));
  return { rows: [...held.rows, ...page.rows.filter((r) => !ids.has(r.id))], next: page.next, total: page.total ?? held.total };
}

/** A row that did not change keeps its object, so that it is not drawn again. */
function reuse(old: readonly Row[], fresh: readonly Row[]): Row[] {
  const byId = new Map(old.map((r) => [r.id, r]));
  return fresh.map((r) => {
    const before = byId.get(r.id);
    return before && same(before, r) ? before : r;
  });
}

function same(a: Row, b: Row): boolean {
  return (Object.keys(b) as (keyof Row)[]).every((k) => k === "contact" ? JSON.stringify(a.contact) === JSON.stringify(b.contact) : a[k] === b[k]);
}

/** Rows that stand above `anchor` now and were not in the list before. */
export function arrivedAbove(before: readonly Row[], now: readonly Row[], anchor: string | undefined): number {
  if (!anchor) return 0;
  const known = new Set(before.map((r) => r.id));
  const at = now.findIndex((r) => r.id === anchor);
  return at <= 0 ? 0 : now.slice(0, at).filter((r) => !known.has(r.id)).length;
}

/** The ticket `step` places on, as j and k go; at an edge it stays. */
export function neighbour(rows: readonly { id: string }[], current: string | undefined, step: 1 | -1): string | undefined {
  if (rows.length === 0) return undefined;
  const at = rows.findIndex((r) => r.id === current);
  if (at < 0) return step > 0 ? rows[0]?.id : rows.at(-1)?.id;
  return rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.id;
}

/** Selection with Shift: from the last touched row to this one, both included. */
export function rangeOf(rows: readonly { id: string }[], from: string | undefined, to: string): string[] {
  const a = rows.findIndex((r) => r.id === from);
  const b = rows.findIndex((r) => r.id === to);
  if (b < 0) return [];
  if (a < 0) return [to];
  return rows.slice(Math.min(a, b), Math.max(a, b) + 1).map((r) => r.id);
}
