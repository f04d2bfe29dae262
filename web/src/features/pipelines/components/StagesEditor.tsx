import { useBlocker } from "@tanstack/react-router";
import { IconPlus } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Button, ErrorNote, toast } from "@/ui";
import { Sortable } from "@/ui/Sortable";
import { useSaveStages, type Pipeline } from "../api";
import { useT } from "../messages";
import { addStage, changeStage, checkDraft, draftOf, isChanged, removeStage, ticketsIn, toChange, type Draft, type DraftStage } from "../model";
import { MoveDialog } from "./MoveDialog";
import classes from "./Pipelines.module.css";
import { StageRow } from "./StageRow";

/** The statuses while they are edited; nothing changes until Save. */
export function StagesEditor({ pipeline }: { pipeline: Pipeline }) {
  const t = useT();
  const save = useSaveStages();
  // No draft: what the server says is shown, and follows it.
  const [edited, setEdited] = useState<Draft | null>(null);
  const [removing, setRemoving] = useState<DraftStage | null>(null);
  const [tried, setTried] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const counter = useRef(0);
  const draft = edited ?? draftOf(pipeline);
  const changed = edited !== null && isChanged(edited, pipeline);
  const problems = checkDraft(draft);
  useBlocker({ shouldBlockFn: () => changed && !window.confirm(t("leave")), enableBeforeUnload: changed });

  const add = () => {
    counter.current += 1;
    const key = `new-${counter.current}`;
    // Drawn at once, so that what is typed next goes into it.
    flushSync(() => setEdited(addStage(draft, key)));
    list.current?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
  };
  const remove = (stage: DraftStage) => {
    if (stage.id && ticketsIn(draft, stage, pipeline) > 0) setRemoving(stage);
    else setEdited(removeStage(draft, stage.key));
  };
  const submit = async () => {
    setTried(true);
    const wrong = Object.keys(problems.labels)[0];
    if (wrong) list.current?.querySelector<HTMLElement>(`[data-key="${wrong}"]`)?.focus();
    if (wrong || problems.whole) return;
    try {
      await save.mutateAsync({ id: pipeline.id, change: toChange(draft) });
    } catch {
      return; // shown above the buttons, the draft stays
    }
    setEdited(null);
    setTried(false);
    toast(t("saved"));
  };
  const label = (id: string) => pipeline.stages.find((s) => s.id === id)?.label ?? "";

  return (
    <div ref={list}>
      <Sortable label={t("statuses")} items={draft.stages} idOf={(s) => s.key} nameOf={(s) => s.label || t("newStatus")} onChange={(stages) => setEdited({ ...draft, stages })}>
        {(stage) => (
          <StageRow
            stage={stage}
            error={tried || stage.label ? problems.labels[stage.key] : undefined}
            onChange={(change) => setEdited(changeStage(draft, stage.key, change))}
            onRemove={() => remove(stage)}
          />
        )}
      </Sortable>
      <div style={{ padding: "8px 0" }}>
        <Button size="small" kind="quiet" icon={<IconPlus size={14} aria-hidden />} onClick={add}>{t("addStatus")}</Button>
      </div>
      {Object.entries(draft.moves).map(([from, to]) => <p key={from} className={classes.moves}>{t("willMove", { from: label(from), to: label(to) })}</p>)}
      <ErrorNote error={save.error ?? problems.whole} />
      <div className={classes.bar}>
        <p role="status">{changed ? t("unsaved") : ""}</p>
        {changed && <Button onClick={() => { setEdited(null); setTried(false); save.reset(); }}>{t("discard")}</Button>}
        <Button kind="primary" disabled={!changed} busy={save.isPending} onClick={() => void submit()}>{t("save")}</Button>
      </div>
      {removing && (
        <MoveDialog
          stage={removing}
          count={ticketsIn(draft, removing, pipeline)}
          targets={draft.stages.filter((s) => s.id && s.key !== removing.key)}
          onClose={() => setRemoving(null)}
          onMove={(target) => {
            setEdited(removeStage(draft, removing.key, target));
            setRemoving(null);
          }}
        />
      )}
    </div>
  );
}
