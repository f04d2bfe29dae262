import { useState } from "react";
import { Button, Confirm, Copyable, Dialog, DialogActions, Stack, toast } from "@/ui";
import { useNewSecret, useRemoveApp, useUninstallApp, type App } from "../api";
import { useT } from "../messages";

interface Props {
  app: App;
  onClose: () => void;
}

export function NewSecret({ app, of, onClose }: Props & { of: "secret" | "developer-key" }) {
  const t = useT();
  const make = useNewSecret();
  const [fresh, setFresh] = useState("");
  if (fresh) {
    return (
      <Dialog open onClose={onClose} title={t("fresh")}>
        <Stack>
          <p>{t("freshText")}</p>
          <Copyable text={fresh} />
        </Stack>
        <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
      </Dialog>
    );
  }
  const secret = of === "secret";
  return (
    <Confirm title={t(secret ? "secretTitle" : "keyTitle", { name: app.name })} text={t(secret ? "secretText" : "keyText")} error={make.error} onClose={onClose}>
      <Button kind="primary" busy={make.isPending} onClick={() => make.mutate({ id: app.id, of }, { onSuccess: (made) => setFresh(made.secret) })}>{t("makeNew")}</Button>
    </Confirm>
  );
}

export function UninstallApp({ app, onClose }: Props) {
  const t = useT();
  const uninstall = useUninstallApp();
  const run = () => uninstall.mutate(app.id, { onSuccess: () => done(t("uninstalled", { name: app.name }), onClose) });
  return (
    <Confirm title={t("uninstallTitle", { name: app.name })} text={t("uninstallText")} error={uninstall.error} onClose={onClose}>
      <Button kind="dangerFill" busy={uninstall.isPending} onClick={run}>{t("uninstallRun")}</Button>
    </Confirm>
  );
}

export function RemoveApp({ app, onClose }: Props) {
  const t = useT();
  const remove = useRemoveApp();
  const run = () => remove.mutate(app.id, { onSuccess: () => done(t("removed", { name: app.name }), onClose) });
  return (
    <Confirm title={t("removeTitle", { name: app.name })} text={t("removeText")} error={remove.error} onClose={onClose}>
      <Button kind="dangerFill" busy={remove.isPending} onClick={run}>{t("removeRun")}</Button>
    </Confirm>
  );
}

function done(text: string, onClose: () => void) {
  toast(text);
  onClose();
}
