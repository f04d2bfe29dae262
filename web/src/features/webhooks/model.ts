import type { Schemas } from "@/lib/api";
import type { Errors } from "@/lib/form";
import type { Tone } from "@/ui";
import { t } from "./messages";

export type HookEvent = Schemas["WebhooksEvent"];

export type Delivery = Schemas["WebhooksDelivery"];

export type Hook = Pick<Schemas["WebhooksWebhook"],
  "id" | "appId" | "name" | "url" | "concurrency" | "events" | "state" | "pausedWhy" | "failingSince" | "waiting" | "lastDelivery">;

export interface HookForm {
  name: string;
  url: string;
  events: string[];
}

/** An event as one word: "ticket.propertyChange:subject", "object.creation/2-7". */
export const wordOf = (e: HookEvent) => e.eventType + (e.objectTypeId ? `/${e.objectTypeId}` : "") + (e.propertyName ? `:${e.propertyName}` : "");

export function eventOf(word: string): HookEvent {
  const [head = "", propertyName] = word.split(":");
  const [eventType = "", objectTypeId] = head.split("/");
  return { eventType, ...(objectTypeId && { objectTypeId }), ...(propertyName && { propertyName }) };
}

/** What can be chosen: every type that needs nothing more, and what is chosen already. */
export function choosable(types: readonly string[], chosen: readonly string[], typed: string): string[] {
  const plain = types.filter((type) => !type.startsWith("object."));
  const all = [...chosen.filter((word) => !plain.includes(word)), ...plain];
  const sought = typed.trim().toLowerCase();
  return all.filter((word) => word.toLowerCase().includes(sought));
}

export function looksLikeTarget(address: string): boolean {
  try {
    return ["https:", "http:"].includes(new URL(address).protocol) && !address.includes("#");
  } catch {
    return false;
  }
}

export function checkHook(v: HookForm): Errors<HookForm> {
  return {
    name: v.name.trim() ? undefined : t("nameEmpty"),
    url: looksLikeTarget(v.url.trim()) ? undefined : t("urlWrong"),
    events: v.events.length ? undefined : t("eventsEmpty"),
  };
}

/** How a webhook does, in a word. */
export function healthOf(hook: Hook): { label: string; tone?: Tone } {
  if (hook.state === "paused") return { label: t("paused"), tone: hook.pausedWhy ? "danger" : undefined };
  if (hook.failingSince) return { label: t("failing"), tone: "warn" };
  if (!hook.lastDelivery) return { label: t("idle") };
  return { label: t("fine"), tone: "ok" };
}

/** What became of a request. */
export function outcomeOf(d: Delivery): { label: string; tone?: Tone } {
  const said = d.status ? String(d.status) : t("noAnswer");
  switch (d.state) {
    case "delivered":
      return { label: said, tone: "ok" };
    case "failed":
      return { label: said, tone: "danger" };
    case "replayed":
      return { label: said };
    default:
      return d.attempts ? { label: t("retrying", { said }), tone: "warn" } : { label: t("waits") };
  }
}

/** What was sent, fit to be read. */
export function readable(body: string): string {
  try {
    // Ids are numbers on the wire; they are below 2^53, so reading and writing keeps them.
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
