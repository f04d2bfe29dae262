import { useQueryClient } from "@tanstack/react-query";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { closingStage, deleteLater, refreshLists, useDirectory, type Row } from "@/features/tickets";
import { api, explain } from "@/lib/api";
import { useMe } from "@/lib/me";
import { Button, IconButton, toast, toastError } from "@/ui";
import { useT } from "../messages";
import classes from "./ListPage.module.css";

interface Props {
  ids: string[];
  rows: readonly Row[];
  view: string;
  onDone: () => void;
}

const AT_ONCE = 4;

/** What can be done to the selected tickets together. */
export function BulkBar({ ids, rows, view, onDone }: Props) {
  const t = useT();
  const me = useMe();
  const client = useQueryClient();
  const { pipelines } = useDirectory();
  const [busy, setBusy] = useState(false);

  const each = async (one: (id: string) => Promise<unknown>) => {
    setBusy(true);
    const failures = await inTurns(ids, one);
    refreshLists(client);
    void client.invalidateQueries({ queryKey: ["ticket"], refetchType: "active" });
    setBusy(false);
    if (failures.length) toast(t("bulkFailed", { count: failures.length, why: explain(failures[0]) }), { tone: "danger" });
    if (failures.length < ids.length) toast(t("bulkDone", { count: ids.length - failures.length }));
    onDone();
  };
  const change = (properties: Record<string, string>) => (id: string) => api.patch(`/tickets/${id}`, { properties });
  const close = (id: string) => {
    const stage = closingStage(pipelines, rows.find((r) => r.id === id)?.pipelineId ?? "");
    return stage ? change({ hs_pipeline_stage: stage })(id) : Promise.resolve();
  };
  const remove = () => {
    const undo = ids.map((id) => deleteLater(client, id, toastError));
    toast(t("bulkDeleted", { count: ids.length }), { undo: () => undo.forEach((u) => u()) });
    onDone();
  };
  return (
    <div className={classes.bulk} role="toolbar" aria-label={t("selected", { count: ids.length })}>
      <strong>{t("selected", { count: ids.length })}</strong>
      <Button size="small" kind="quiet" busy={busy} onClick={() => void each(close)}>{t("close")}</Button>
      <Button size="small" kind="quiet" busy={busy} onClick={() => void each(change({ hubspot_owner_id: me.id }))}>{t("assignToMe")}</Button>
      <Button size="small" kind="quiet" busy={busy} onClick={() => void each((id) => api.post(`/tickets/${id}/read`))}>{t("markRead")}</Button>
      <Button size="small" kind="quiet" busy={busy} onClick={() => void each((id) => api.post(`/tickets/${id}/unread`))}>{t("markUnread")}</Button>
      <Button size="small" kind="quiet" busy={busy} onClick={() => void each((id) => api.post(`/tickets/${id}/${view === "spam" ? "not-spam" : "spam"}`))}>
        {view === "spam" ? t("notSpam") : t("toSpam")}
      </Button>
      <Button size="small" kind="quiet" busy={busy} onClick={remove}>{t("delete")}</Button>
      <IconButton label={t("clearSelection")} keys="escape" onClick={onDone}><IconX size={16} /></IconButton>
    </div>
  );
}

/** Runs a few at a time and gathers what failed, so that one refusal doesn't stop the rest. */
async function inTurns(ids: readonly string[], one: (id: string) => Promise<unknown>): Promise<unknown[]> {
  const failures: unknown[] = [];
  const queue = [...ids];
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await one(id);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failures;
}
