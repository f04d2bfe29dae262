import type { Schemas } from "@/lib/api";
import { t } from "./messages";

export type Entry = Pick<Schemas["AuditEntry"],
  "id" | "at" | "actorKind" | "actorName" | "address" | "category" | "action" | "objectType" | "objectId" | "objectName" | "detail">;

export const CATEGORIES = ["sign-in", "user", "team", "token", "app", "webhook", "settings", "import", "deletion", "export"] as const;
export type Category = (typeof CATEGORIES)[number];

export interface AuditSearch {
  what?: Category;
  who?: string;
}

export function readAuditSearch(raw: Record<string, unknown>): AuditSearch {
  return {
    what: CATEGORIES.find((c) => c === raw.what),
    who: /^\d+$/.test(String(raw.who ?? "")) ? String(raw.who) : undefined,
  };
}

type Key = Parameters<typeof t>[0];

/** What was done, as a sentence; an action that has none is named as it is. */
export function sentence(entry: Pick<Entry, "actorName" | "action" | "objectName">): string {
  const key = `did.${entry.action}`;
  const text = t(key as Key, { who: entry.actorName, what: entry.objectName });
  return text === key ? t("did", { who: entry.actorName, action: entry.action, what: entry.objectName }).trim() : text;
}

/** What changed, a line each, and which record it was; the browser of a sign-in is left to the table. */
export function details(entry: Pick<Entry, "detail" | "category" | "objectType" | "objectId">): string[] {
  const which = entry.category === "deletion" && entry.objectId ? [`${entry.objectType} ${entry.objectId}`] : [];
  return [...which, ...changes(entry.detail)];
}

function changes(detail: Record<string, string>): string[] {
  return Object.entries(detail).filter(([name]) => name !== "agent").map(([name, value]) => `${name}: ${value}`);
}
