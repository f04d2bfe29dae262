import { useState } from "react";
import { dayAndTime, getPlace } from "@/lib/time";
import { Button, Dialog, DialogActions, TextField } from "@/ui";
import { useT } from "../messages";
import { fromField, presets, toField } from "../snooze";
import classes from "./Pane.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  onSnooze: (until: Date | null) => void;
  snoozed: boolean;
}

/** When the ticket shall come back: offered moments, or one's own. */
export function SnoozeDialog({ open, onClose, onSnooze, snoozed }: Props) {
  const t = useT();
  return (
    <Dialog open={open} onClose={onClose} title={t("snooze")} width={360}>
      {open && <Choices onSnooze={onSnooze} snoozed={snoozed} />}
    </Dialog>
  );
}

function Choices({ onSnooze, snoozed }: Pick<Props, "onSnooze" | "snoozed">) {
  const t = useT();
  const { timeZone } = getPlace();
  const [offered] = useState(() => presets(new Date(), timeZone));
  const [own, setOwn] = useState(() => toField(offered.at(-1)?.at ?? new Date(), timeZone));
  const [error, setError] = useState<string>();
  const keepOwn = () => {
    const at = fromField(own, timeZone);
    if (!at || at.getTime() <= Date.now()) setError(t("snoozePast"));
    else onSnooze(at);
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); keepOwn(); }} noValidate>
      <ul className={classes.presets}>
        {offered.map((p) => (
          <li key={p.key}>
            <button type="button" onClick={() => onSnooze(p.at)}>
              <span>{t(p.key)}</span>
              <time dateTime={p.at.toISOString()}>{dayAndTime(p.at.toISOString())}</time>
            </button>
          </li>
        ))}
      </ul>
      <TextField label={t("snoozeAt")} help={t("snoozeReply")} type="datetime-local" value={own} error={error} onChange={(v) => { setOwn(v); setError(undefined); }} />
      <DialogActions>
        {snoozed && <Button kind="quiet" onClick={() => onSnooze(null)}>{t("unsnooze")}</Button>}
        <Button kind="primary" type="submit">{t("snooze")}</Button>
      </DialogActions>
    </form>
  );
}
