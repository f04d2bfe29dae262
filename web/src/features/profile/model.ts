/** Formats offered for dates and numbers (UX-4), named in their own language. */
export const LOCALES: readonly { value: string; label: string }[] = [
  { value: "en", label: "English (US)" },
  { value: "en-GB", label: "English (UK)" },
  { value: "de", label: "Deutsch" },
  { value: "es", label: "Español" },
  { value: "fr", label: "Français" },
  { value: "nl", label: "Nederlands" },
  { value: "nb", label: "Norsk bokmål" },
  { value: "pl", label: "Polski" },
];

/** The offered formats, with the present one among them even where it isn't offered. */
export function localesWith(present: string): readonly { value: string; label: string }[] {
  return !present || LOCALES.some((l) => l.value === present) ? LOCALES : [{ value: present, label: present }, ...LOCALES];
}
