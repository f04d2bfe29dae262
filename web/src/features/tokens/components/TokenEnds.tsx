import { useState } from "react";
import { Button, Dialog, DialogActions, ErrorNote, Stack, toast } from "@/ui";
import { useRevokeToken, useRotateToken, type NewToken, type Token } from "../api";
import { useT } from "../messages";
import { Secret } from "./Secret";

export function RotateToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useT();
  const rotate = useRotateToken();
  const [made, setMade] = useState<NewToken | null>(null);
  if (made) return <Secret title={t("made")} text={t("madeText")} secrets={[{ value: made.token }]} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={t("rotateTitle", { name: token.name })}>
      <Stack>
        <p>{t("rotateText")}</p>
        <ErrorNote error={rotate.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="primary" busy={rotate.isPending} onClick={() => rotate.mutate(token.id, { onSuccess: setMade })}>{t("rotateRun")}</Button>
      </DialogActions>
    </Dialog>
  );
}

export function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useT();
  const revoke = useRevokeToken();
  const run = () => revoke.mutate(token.id, {
    onSuccess: () => {
      toast(t("revoked", { name: token.name }));
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={t("revokeTitle", { name: token.name })}>
      <Stack>
        <p>{t("revokeText")}</p>
        <ErrorNote error={revoke.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="dangerFill" busy={revoke.isPending} onClick={run}>{t("revokeRun")}</Button>
      </DialogActions>
    </Dialog>
  );
}
