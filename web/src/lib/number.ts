import { getPlace } from "./time";

/** How a number is read, in the words of its property: formatted, currency, percent, probability, duration; "" is a plain one. */
export type NumberFormat = string;

const SECOND = 1000;
const UNITS = [["day", 86_400 * SECOND], ["hour", 3600 * SECOND], ["minute", 60 * SECOND], ["second", SECOND]] as const;

/** A number as people read it: amounts with their currency, fractions as percent, milliseconds as days and hours. */
export function formatNumber(value: string, format: NumberFormat, currency?: string): string {
  const n = Number(value);
  if (!value.trim() || !Number.isFinite(n)) return value;
  switch (format) {
    case "duration": return duration(n);
    case "percent": case "probability": return number({ style: "percent", maximumFractionDigits: 2 }, value);
    case "currency": return amount(value, currency);
    case "formatted": return number({ maximumFractionDigits: 20 }, value);
    default: return value;
  }
}

/** "2d 3h", "1h 5m", "40s": the two largest units, so that it is taken in at a glance. */
function duration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const first = UNITS.findIndex(([, unit]) => size >= unit);
  if (first < 0) return part(0, "second");
  let left = size;
  const words: string[] = [];
  for (const [name, unit] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) words.push(part(count, name));
  }
  return (milliseconds < 0 ? "−" : "") + words.join(" ");
}

function part(count: number, unit: string): string {
  return number({ style: "unit", unit, unitDisplay: "narrow" }, String(count));
}

/** Without a code it is an amount all the same: with hundredths. */
function amount(value: string, currency: string | undefined): string {
  if (currency) {
    try {
      return number({ style: "currency", currency }, value);
    } catch {
      return `${number({ minimumFractionDigits: 2 }, value)} ${currency}`; // a code that is none
    }
  }
  return number({ minimumFractionDigits: 2, maximumFractionDigits: 6 }, value);
}

/** A string is exact where a number would not be. */
function number(options: Intl.NumberFormatOptions, value: string): string {
  return new Intl.NumberFormat(getPlace().locale, options).format(value as Intl.StringNumericLiteral);
}
