import { useQuery } from "@tanstack/react-query";
import { Button, Dialog, DialogActions, ErrorNote, Skeleton, Stack } from "@/ui";
import { deliveryQuery } from "../api";
import { useT } from "../messages";
import { outcomeOf, readable } from "../model";
import classes from "./Webhooks.module.css";

/** One request: what was sent, and how the answer began. */
export function DeliveryDialog({ hook, delivery, onClose }: { hook: string; delivery: string; onClose: () => void }) {
  const t = useT();
  const asked = useQuery(deliveryQuery(hook, delivery));
  const d = asked.data;
  return (
    <Dialog open onClose={onClose} title={t("request", { id: delivery })} width={720}>
      <Stack>
        <ErrorNote error={asked.error} onRetry={() => void asked.refetch()} />
        {asked.isPending && <Skeleton height={200} />}
        {d && (
          <>
            <h3>{t("answer")}: {outcomeOf(d).label}</h3>
            {(d.answer || d.error) && <pre className={classes.text}>{d.answer || d.error}</pre>}
            <h3>{t("sent")}</h3>
            <pre className={classes.text} tabIndex={0}>{readable(d.body)}</pre>
          </>
        )}
      </Stack>
      <DialogActions><Button onClick={onClose}>{t("close")}</Button></DialogActions>
    </Dialog>
  );
}
