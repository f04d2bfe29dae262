import { IconTrash } from "@tabler/icons-react";
import { Copyable, IconButton, Segments } from "@/ui";
import { useT } from "../messages";
import { MAX_LABEL, type DraftStage } from "../model";
import classes from "./Pipelines.module.css";

interface Props {
  stage: DraftStage;
  error?: string;
  onChange: (change: Partial<Pick<DraftStage, "label" | "state">>) => void;
  onRemove: () => void;
}

export function StageRow({ stage, error, onChange, onRemove }: Props) {
  const t = useT();
  return (
    <div className={classes.stage}>
      <input
        className={classes.input} data-key={stage.key} value={stage.label} maxLength={MAX_LABEL} placeholder={t("status")} aria-label={t("status")} aria-invalid={error ? true : undefined}
        onChange={(e) => onChange({ label: e.target.value })}
      />
      <div>
        <Segments label={t("state")} name={`state-${stage.key}`} value={stage.state} onChange={(state) => onChange({ state })} choices={[{ value: "OPEN", label: t("stateOpen") }, { value: "CLOSED", label: t("stateClosed") }]} />
      </div>
      <div className={classes.id} title={t("internalName")}>{stage.id ? <Copyable text={stage.id} /> : t("newStatus")}</div>
      <div className={classes.count} data-figures>{t("tickets", { count: stage.ticketCount })}</div>
      <IconButton label={t("removeStatus", { name: stage.label || t("newStatus") })} onClick={onRemove}><IconTrash size={16} /></IconButton>
      {error && <div className={classes.wrong} role="alert">{error}</div>}
    </div>
  );
}
