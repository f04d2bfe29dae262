import { useState } from "react";
import { Button, Confirm, toast } from "@/ui";
import { useClientSecret, useRevokeToken, useRotateToken, type NewToken, type Token } from "../api";
import { useT } from "../messages";
import { Secret } from "./Secret";

export function RotateToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useT();
  const rotate = useRotateToken();
  const [made, setMade] = useState<NewToken | null>(null);
  if (made) return <Secret title={t("made")} text={t("madeText")} secrets={[{ value: made.token }]} onClose={onClose} />;
  return (
    <Confirm title={t("rotateTitle", { name: token.name })} text={t("rotateText")} error={rotate.error} onClose={onClose}>
      <Button kind="primary" busy={rotate.isPending} onClick={() => rotate.mutate(token.id, { onSuccess: setMade })}>{t("rotateRun")}</Button>
    </Confirm>
  );
}

/** Makes what the webhooks of a private app are signed with. */
export function SignWebhooks({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useT();
  const make = useClientSecret();
  const [made, setMade] = useState("");
  if (made) return <Secret title={t("signMade")} text={t("signMadeText", { id: token.id })} secrets={[{ value: made }]} onClose={onClose} />;
  return (
    <Confirm title={t("signTitle", { name: token.name })} text={token.hasClientSecret ? t("signAgain") : t("signText")} error={make.error} onClose={onClose}>
      <Button kind="primary" busy={make.isPending} onClick={() => make.mutate(token.id, { onSuccess: (answer) => setMade(answer.secret) })}>{t("signRun")}</Button>
    </Confirm>
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
    <Confirm title={t("revokeTitle", { name: token.name })} text={t("revokeText")} error={revoke.error} onClose={onClose}>
      <Button kind="dangerFill" busy={revoke.isPending} onClick={run}>{t("revokeRun")}</Button>
    </Confirm>
  );
}
