import { t } from "./messages";

/** How far an export is, in words. */
export function progressOf(it: { total: number; done: number }, name: string): string {
  return it.total ? t("exportingOf", { name, percent: Math.floor((100 * it.done) / it.total) }) : t("exporting", { name });
}
