import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useCommands } from "@/lib/commands";
import { useShortcuts } from "@/lib/keyboard";
import { useMe } from "@/lib/me";
import { dayAndTime } from "@/lib/time";
import { toast, toastError } from "@/ui";
import { deleteLater, useChangeTicket, useFlagTicket, useSnooze } from "./changes";
import { useDirectory } from "./directory";
import { useT } from "./messages";
import { closingStage, inOrder } from "./patch";
import type { Ticket } from "./types";

interface Options {
  id: string;
  ticket: Ticket | undefined;
  onGone: () => void;
  onNext?: () => void;
  onBack: () => void;
  write: (kind: "reply" | "comment") => void;
}

export type TicketActions = ReturnType<typeof useTicketKeys>;

/** The names of the header's pickers, so that a key can open them. */
export const fieldId = (field: "owner" | "status" | "priority" | "category") => `ticket-${field}`;

/** What can be done to the open ticket: by key, by menu, by palette, each the same function (UX-1). */
export function useTicketKeys({ id, ticket, onGone, onNext, onBack, write }: Options) {
  const t = useT();
  const me = useMe();
  const client = useQueryClient();
  const { pipelines, stage } = useDirectory();
  const { mutate: flagTicket } = useFlagTicket();
  const { mutate: snoozeTicket } = useSnooze();
  const { mutate: change } = useChangeTicket(id);
  const [snoozing, setSnoozing] = useState(false);
  const isSpam = ticket?.properties.desk_spam === "true";

  const toggleClosed = () => {
    if (!ticket?.can.edit) return;
    const pipeline = ticket.properties.hs_pipeline ?? "";
    const before = ticket.properties.hs_pipeline_stage ?? "";
    const open = inOrder(pipelines.find((p) => p.id === pipeline)?.stages ?? []).find((s) => s.state === "OPEN")?.id;
    const closed = stage(before)?.state === "CLOSED";
    const to = closed ? open : closingStage(pipelines, pipeline);
    if (!to) return;
    change({ hs_pipeline_stage: to }, { onError: toastError });
    toast(t(closed ? "reopened" : "closed"), { undo: () => change({ hs_pipeline_stage: before }, { onError: toastError }) });
    if (!closed) onNext?.();
  };
  const flag = (name: Parameters<typeof flagTicket>[0]["flag"]) => flagTicket({ id, flag: name }, { onError: toastError });
  const toggleFollow = () => flag(ticket?.following ? "unfollow" : "follow");
  const markUnread = () => {
    flag("unread");
    onBack();
  };
  const toggleSpam = () => {
    flag(isSpam ? "not-spam" : "spam");
    toast(t(isSpam ? "unspammed" : "spammed"), { undo: () => flag(isSpam ? "spam" : "not-spam") });
    onGone();
  };
  const remove = () => {
    const undo = deleteLater(client, id, toastError);
    toast(t("deleted"), { undo });
    onGone();
  };
  const snooze = (until: Date | null) => {
    setSnoozing(false);
    snoozeTicket({ id, until: until?.toISOString() ?? null }, { onError: toastError });
    if (!until) return;
    toast(t("snoozed", { when: dayAndTime(until.toISOString()) }), { undo: () => snoozeTicket({ id, until: null }, { onError: toastError }) });
    onGone();
  };
  const copyLink = async () => {
    await navigator.clipboard.writeText(`${location.origin}/tickets/${id}`);
    toast(t("linkCopied"));
  };
  const press = (field: Parameters<typeof fieldId>[0]) => () => document.getElementById(fieldId(field))?.click();
  const assignMe = () => change({ hubspot_owner_id: me.id }, { onError: toastError });

  const all = [
    { keys: "r", label: t("reply"), run: () => write("reply") },
    { keys: "c", label: t("comment"), run: () => write("comment") },
    { keys: "a", label: t("assign"), run: press("owner") },
    { keys: "m", label: t("assignMe"), run: assignMe },
    { keys: "s", label: t("setStatus"), run: press("status") },
    { keys: "p", label: t("setPriority"), run: press("priority") },
    { keys: "e", label: t(ticket?.closed ? "reopen" : "close"), run: toggleClosed },
    { keys: "l", label: t("snooze"), run: () => setSnoozing(true) },
    { keys: "f", label: t(ticket?.following ? "unfollow" : "follow"), run: toggleFollow },
    { keys: "shift+u", label: t("markUnread"), run: markUnread },
    { keys: "!", label: t(isSpam ? "notSpam" : "spam"), run: toggleSpam },
    { keys: "mod+shift+l", label: t("copyLink"), run: () => void copyLink() },
  ];
  useShortcuts(all.map((a) => ({ ...a, scope: t("scope") })));
  useCommands(all.map((a) => ({ id: `ticket-${a.keys}`, label: a.label, group: t("scope"), keys: a.keys, run: a.run })));
  return { toggleClosed, toggleFollow, markUnread, toggleSpam, remove, snooze, copyLink, snoozing, setSnoozing, isSpam };
}
