import type { Schemas } from "@/lib/api";
import { t } from "./messages";

/** Something that an app may be let do. */
export type Scope = Schemas["PeopleScope"];

/** The scopes that hold each word of what was typed, in the name or in what they let an app do. */
export function matching(scopes: readonly Scope[], typed: string): Scope[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return scopes.filter((s) => words.every((w) => `${s.name} ${s.does}`.toLowerCase().includes(w)));
}

/** "Everything", or the first few names and how many more there are. */
export function summary(allScopes: boolean, scopes: readonly string[], most = 3): string {
  if (allScopes) return t("everything");
  const rest = scopes.length - most;
  const names = scopes.slice(0, most).join(", ");
  return rest > 0 ? t("andMore", { names, count: rest }) : names;
}
