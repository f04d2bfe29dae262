import { useState } from "react";
import { Button, Dialog, DialogActions, SelectField, Stack } from "@/ui";
import { useT } from "../messages";
import type { DraftStage } from "../model";

interface Props {
  stage: DraftStage;
  count: number;
  targets: DraftStage[];
  onMove: (stageId: string) => void;
  onClose: () => void;
}

/** Where the tickets of a status go that is deleted (STAT-3). */
export function MoveDialog({ stage, count, targets, onMove, onClose }: Props) {
  const t = useT();
  const same = targets.find((s) => s.state === stage.state) ?? targets[0];
  const [target, setTarget] = useState(same?.id ?? "");
  return (
    <Dialog open onClose={onClose} title={t("moveTitle", { name: stage.label })} width={420}>
      <Stack>
        <p>{t("moveStatusText", { count })}</p>
        <SelectField label={t("moveTo")} value={target} onChange={setTarget} choices={targets.map((s) => ({ value: s.id ?? "", label: s.label }))} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="danger" disabled={!target} onClick={() => onMove(target)}>{t("remove")}</Button>
      </DialogActions>
    </Dialog>
  );
}
