import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "@/lib/api";
import { Button, Dialog, DialogActions, ErrorNote, Picker, SelectField, Stack, toast } from "@/ui";
import { pipelinesQuery, useDeletePipeline, type Pipeline } from "../api";
import { useT } from "../messages";
import { proposeMapping, removalOf } from "../model";
import classes from "./Pipelines.module.css";

interface Props {
  pipeline: Pipeline;
  others: Pipeline[];
  onClose: () => void;
}

/** Deletes a pipeline; one with tickets only after it is said what becomes of them (PIPE-3). */
export function DeletePipeline({ pipeline, others, onClose }: Props) {
  const t = useT();
  const client = useQueryClient();
  const remove = useDeletePipeline();
  const [way, setWay] = useState<"move" | "delete">("move");
  const [targetId, setTargetId] = useState(others[0]?.id ?? "");
  const [chosen, setChosen] = useState<Record<string, string>>({});
  // The server counts again: somebody may have made a ticket since this page was loaded.
  const counted = remove.error instanceof ApiError ? Number(remove.error.context.count?.[0]) : NaN;
  const count = Number.isFinite(counted) ? counted : pipeline.ticketCount;
  const target = others.find((p) => p.id === targetId);
  const mapping = { ...proposeMapping(pipeline.stages, target?.stages ?? []), ...chosen };
  const run = () =>
    remove.mutate({ id: pipeline.id, removal: removalOf({ ...pipeline, ticketCount: count }, way, target, mapping) }, {
      onSuccess: async () => {
        // Many tickets are taken away by a job, whose progress the list shows: then the pipeline is still there.
        const { results } = await client.fetchQuery({ ...pipelinesQuery, staleTime: 0 });
        toast(t(results.some((p) => p.id === pipeline.id) ? "removing" : "removed", { name: pipeline.label }));
        void client.invalidateQueries({ queryKey: ["ticket"] });
        onClose();
      },
    });
  return (
    <Dialog open onClose={onClose} title={t("removeTitle", { name: pipeline.label })} width={520}>
      <Stack>
        {others.length === 0 && <p>{t("lastPipeline")}</p>}
        {others.length > 0 && <p>{count > 0 ? t("removeText", { count }) : t("removeEmpty")}</p>}
        {others.length > 0 && count > 0 && (
          <div role="radiogroup" aria-label={t("removeText", { count })}>
            <label className={classes.radio}><input type="radio" name="way" checked={way === "move"} onChange={() => setWay("move")} />{t("optMove")}</label>
            <label className={classes.radio}>
              <input type="radio" name="way" checked={way === "delete"} onChange={() => setWay("delete")} />
              <span>{t("optDelete")} <span className={classes.note}>{t("optDeleteHelp")}</span></span>
            </label>
          </div>
        )}
        {count > 0 && way === "move" && target && (
          <>
            <SelectField label={t("toPipeline")} tight value={targetId} choices={others.map((p) => ({ value: p.id, label: p.label }))} onChange={(id) => { setTargetId(id); setChosen({}); }} />
            <Mapping pipeline={pipeline} target={target} mapping={mapping} onChange={(from, to) => setChosen({ ...chosen, [from]: to })} />
          </>
        )}
        <ErrorNote error={remove.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        {others.length > 0 && <Button kind="dangerFill" busy={remove.isPending} onClick={run}>{t("remove")}</Button>}
      </DialogActions>
    </Dialog>
  );
}

function Mapping({ pipeline, target, mapping, onChange }: { pipeline: Pipeline; target: Pipeline; mapping: Record<string, string>; onChange: (from: string, to: string) => void }) {
  const t = useT();
  return (
    <div className={classes.map}>
      {pipeline.stages.map((stage) => (
        <MapRow key={stage.id} label={t("mapFrom", { name: stage.label })} note={t("tickets", { count: stage.ticketCount })} target={target} value={mapping[stage.id] ?? null} onChange={(to) => onChange(stage.id, to)} />
      ))}
    </div>
  );
}

function MapRow({ label, note, target, value, onChange }: { label: string; note: string; target: Pipeline; value: string | null; onChange: (to: string) => void }) {
  return (
    <>
      <span>{label} <span className={classes.note}>{note}</span></span>
      <Picker label={label} value={value} onChange={onChange} choices={target.stages.map((s) => ({ value: s.id, label: s.label }))} />
    </>
  );
}
