/** When a snoozed ticket comes back: the offered moments, in the user's own time zone. */

export interface Preset {
  key: "laterToday" | "tomorrow" | "monday" | "nextMonth";
  at: Date;
}

const MORNING = 8;
const DAY = 86_400_000;

interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** Clock and calendar at an instant in a zone. */
export function wallAt(at: Date, timeZone: string): Wall {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23",
  }).formatToParts(at);
  const value = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return { year: value("year"), month: value("month"), day: value("day"), hour: value("hour"), minute: value("minute") };
}

/** The instant at which a zone's clock shows that: asked twice, because the offset may change on the way. */
export function instantOf(wall: Wall, timeZone: string): Date {
  const wanted = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  let guess = wanted;
  for (let i = 0; i < 2; i += 1) {
    const got = wallAt(new Date(guess), timeZone);
    guess += wanted - Date.UTC(got.year, got.month - 1, got.day, got.hour, got.minute);
  }
  return new Date(guess);
}

/** The moments worth a click now. "Later today" is left out when the evening has come. */
export function presets(now: Date, timeZone: string): Preset[] {
  const today = wallAt(now, timeZone);
  const noon = Date.UTC(today.year, today.month - 1, today.day, 12);
  const morning = (daysOn: number) => {
    const d = new Date(noon + daysOn * DAY);
    return instantOf({ year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: MORNING, minute: 0 }, timeZone);
  };
  const weekday = new Date(noon).getUTCDay();
  const toMonday = ((8 - weekday) % 7) || 7;
  const later = new Date(Math.ceil((now.getTime() + 3 * 3_600_000) / 900_000) * 900_000);
  const made: Preset[] = [];
  if (today.hour < 17) made.push({ key: "laterToday", at: later });
  made.push({ key: "tomorrow", at: morning(1) });
  if (toMonday > 1) made.push({ key: "monday", at: morning(toMonday) });
  made.push({ key: "nextMonth", at: morning(30) });
  return made;
}

/** The value of a datetime-local field for an instant, and back. */
export function toField(at: Date, timeZone: string): string {
  const w = wallAt(at, timeZone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${w.year}-${two(w.month)}-${two(w.day)}T${two(w.hour)}:${two(w.minute)}`;
}

export function fromField(value: string, timeZone: string): Date | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(value);
  if (!found) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = found.slice(1).map(Number);
  return instantOf({ year, month, day, hour, minute }, timeZone);
}
