import { useSyncExternalStore } from "react";

/**
 * Texts. Each feature has a messages.ts with its English catalogue, which names the keys; another language is a
 * catalogue with the same keys, added by `addCatalogue`. A missing text falls back to English.
 *
 *   export const { t, useT } = defineMessages("tickets", { open: "Open", found_one: "{count} ticket", found_other: "{count} tickets" })
 *   t("found", { count: 3 })  // the plural form is chosen by the language's own rules
 */
type Catalogue = Readonly<Record<string, string>>;
type Base<K> = K extends `${infer B}_${"zero" | "one" | "two" | "few" | "many" | "other"}` ? B : K;
type Values = Record<string, string | number>;
export type Translate<C extends Catalogue> = (key: Base<keyof C & string>, values?: Values) => string;

const translations = new Map<string, Catalogue>();
const listeners = new Set<() => void>();
let language = "en";

export function addCatalogue(lang: string, namespace: string, catalogue: Catalogue): void {
  translations.set(`${lang}/${namespace}`, catalogue);
  listeners.forEach((l) => l());
}

export function setLanguage(lang: string): void {
  if (lang === language) return;
  language = lang;
  if (typeof document !== "undefined") document.documentElement.lang = lang;
  listeners.forEach((l) => l());
}

export function defineMessages<const C extends Catalogue>(namespace: string, english: C) {
  const t: Translate<C> = (key, values) => {
    const own = translations.get(`${language}/${namespace}`);
    const text = (own && choose(own, key, values, language)) ?? choose(english, key, values, "en") ?? key;
    return values ? fill(text, values) : text;
  };
  const useT = (): Translate<C> => {
    useSyncExternalStore(subscribe, snapshot, snapshot);
    return t;
  };
  return { t, useT };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function snapshot(): string {
  return `${language}:${translations.size}`;
}

function choose(catalogue: Catalogue, key: string, values: Values | undefined, lang: string): string | undefined {
  const count = values?.count;
  if (typeof count !== "number") return catalogue[key];
  const form = new Intl.PluralRules(lang).select(count);
  return catalogue[`${key}_${form}`] ?? catalogue[`${key}_other`] ?? catalogue[key];
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value;
  });
}
