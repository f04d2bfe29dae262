import { IconX } from "@tabler/icons-react";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";
import { useT } from "./messages";
import { dismiss, hold, useToasts } from "./toasts";
import classes from "./Toasts.module.css";

export function Toasts() {
  const t = useT();
  const toasts = useToasts();
  return (
    <div className={classes.place} role="region" aria-label={t("notices")} aria-live="polite">
      {toasts.map((it) => (
        <div key={it.id} className={cx(classes.toast, it.tone === "danger" && classes.danger)} onPointerEnter={() => hold(it.id, true)} onPointerLeave={() => hold(it.id, false)} onFocus={() => hold(it.id, true)} onBlur={() => hold(it.id, false)}>
          <p>{it.text}</p>
          {it.undo && (
            <Button
              size="small"
              kind="quiet"
              onClick={() => {
                it.undo?.();
                dismiss(it.id);
              }}
            >
              {t("undo")}
            </Button>
          )}
          {it.action && <Button size="small" kind="quiet" onClick={it.action.run}>{it.action.label}</Button>}
          <IconButton label={t("close")} onClick={() => dismiss(it.id)}>
            <IconX size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
