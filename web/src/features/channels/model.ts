import { looksLikeEmail, type Errors } from "@/lib/form";
import type { Tone } from "@/ui";
import type { Channel, ChannelInput, Setting } from "./api";
import { t } from "./messages";

/** A channel's form: its own fields and, under their names, the settings its kind declares. */
export type ChannelForm = Record<string, string>;

const OWN = ["name", "address", "pipelineId", "stageId"] as const;

export function formOf(settings: readonly Setting[], channel?: Channel, start?: { pipelineId: string; stageId: string }): ChannelForm {
  const values = Object.fromEntries(settings.map((s) => [s.name, channel?.settings[s.name] || s.default || ""]));
  return {
    ...values,
    name: channel?.name ?? "",
    address: channel?.address ?? "",
    pipelineId: channel?.pipelineId ?? start?.pipelineId ?? "",
    stageId: channel?.stageId ?? start?.stageId ?? "",
  };
}

/** The settings that count now: a setting is shown while its condition holds and the one it hangs on is shown too. */
export function shownSettings(settings: readonly Setting[], values: ChannelForm): Setting[] {
  const shown = (setting: Setting, depth: number): boolean => {
    if (!setting.when) return true;
    const [name, wanted] = setting.when.split("=");
    const parent = settings.find((s) => s.name === name);
    if (!name || values[name] !== wanted) return false;
    return !parent || depth > settings.length || shown(parent, depth + 1);
  };
  return settings.filter((s) => shown(s, 0));
}

/** anyAddress: of a channel that an app connected, whose address is what the app says. */
export function checkChannel(values: ChannelForm, settings: readonly Setting[], secretsSet: readonly string[], anyAddress = false): Errors<ChannelForm> {
  const errors: Errors<ChannelForm> = {
    name: values.name?.trim() ? undefined : t("nameEmpty"),
    address: anyAddress || looksLikeEmail(values.address ?? "") ? undefined : t("addressWrong"),
  };
  for (const s of shownSettings(settings, values)) {
    const value = values[s.name]?.trim() ?? "";
    const kept = s.type === "secret" && secretsSet.includes(s.name);
    if (s.required && !value && !kept) errors[s.name] = t("required");
    else if (s.type === "number" && value && !/^\d+$/.test(value)) errors[s.name] = t("number");
  }
  return errors;
}

/** What is sent: hidden settings left out, an empty secret left out so that the old one is kept. */
export function toInput(kind: string, values: ChannelForm, settings: readonly Setting[]): ChannelInput {
  const sent = shownSettings(settings, values).filter((s) => s.type !== "secret" || values[s.name]);
  const own = Object.fromEntries(OWN.map((name) => [name, values[name]?.trim() ?? ""])) as Pick<ChannelInput, (typeof OWN)[number]>;
  return { kind, ...own, settings: Object.fromEntries(sent.map((s) => [s.name, s.type === "secret" ? (values[s.name] ?? "") : (values[s.name]?.trim() ?? "")])) };
}

export function healthOf(channel: Channel): { tone: Tone; label: string } {
  if (!channel.active) return { tone: "neutral", label: t("paused") };
  if (channel.health.state === "failing") return { tone: "danger", label: t("failing") };
  return channel.health.state === "ok" ? { tone: "ok", label: t("ok") } : { tone: "neutral", label: t("idle") };
}
