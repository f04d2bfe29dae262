import { useSyncExternalStore } from "react";

/** Instants as people read them, in their locale and time zone (UX-4). */
export interface Place {
  locale: string;
  timeZone: string;
}

let place: Place = { locale: "en", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
const cache = new Map<string, Intl.DateTimeFormat>();

/** Set once the signed-in user is known; a zone or locale the browser doesn't know is left out. */
export function setPlace(next: Partial<Place>): void {
  const wanted = { locale: next.locale || place.locale, timeZone: next.timeZone || place.timeZone };
  try {
    new Intl.DateTimeFormat(wanted.locale, { timeZone: wanted.timeZone });
    place = wanted;
    cache.clear();
  } catch {
    // An unknown zone or locale must not break every page that shows a time.
  }
}

export function getPlace(): Place {
  return place;
}

function format(options: Intl.DateTimeFormatOptions, at: Date): string {
  const key = JSON.stringify(options);
  let made = cache.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(place.locale, { timeZone: place.timeZone, ...options });
    cache.set(key, made);
  }
  return made.format(at);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "now", "5m", "3h", "2d", then the date: for dense lists. */
export function shortAge(iso: string, now = Date.now()): string {
  const at = new Date(iso);
  const ago = now - at.getTime();
  if (ago < MINUTE) return "now";
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)}m`;
  if (ago < DAY) return `${Math.floor(ago / HOUR)}h`;
  if (ago < 7 * DAY) return `${Math.floor(ago / DAY)}d`;
  const sameYear = format({ year: "numeric" }, at) === format({ year: "numeric" }, new Date(now));
  return format(sameYear ? { day: "numeric", month: "short" } : { day: "numeric", month: "short", year: "numeric" }, at);
}

/** "Today 14:05", "12 Mar 14:05", "12 Mar 2024 14:05". */
export function dayAndTime(iso: string, now = Date.now()): string {
  const at = new Date(iso);
  const today = new Date(now);
  const time = format({ hour: "2-digit", minute: "2-digit" }, at);
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  if (format(day, at) === format(day, today)) return time;
  if (format({ year: "numeric" }, at) === format({ year: "numeric" }, today)) return `${format({ day: "numeric", month: "short" }, at)}, ${time}`;
  return `${format(day, at)}, ${time}`;
}

/** The whole instant with its zone, for titles and tooltips. */
export function fullTime(iso: string): string {
  return format({ dateStyle: "full", timeStyle: "long" }, new Date(iso));
}

export function fileSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return new Intl.NumberFormat(place.locale, { style: "unit", unit: units[unit], unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}

const ticks = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let minute = 0;

/** Re-renders once a minute, so that ages stay true; one timer for the whole page. */
export function useMinute(): number {
  return useSyncExternalStore(
    (listener) => {
      ticks.add(listener);
      timer ??= setInterval(() => {
        minute += 1;
        ticks.forEach((t) => t());
      }, MINUTE);
      return () => {
        ticks.delete(listener);
        if (ticks.size === 0 && timer) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    () => minute,
    () => 0,
  );
}
