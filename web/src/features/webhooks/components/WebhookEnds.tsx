import { useState } from "react";
import { Button, Confirm, Copyable, Dialog, DialogActions, Stack, toast } from "@/ui";
import { useNewHookSecret, useRemoveHook } from "../api";
import { useT } from "../messages";
import type { Hook } from "../model";

interface Props {
  hook: Hook;
  onClose: () => void;
}

export function NewHookSecret({ hook, onClose }: Props) {
  const t = useT();
  const make = useNewHookSecret();
  const [fresh, setFresh] = useState("");
  if (fresh) {
    return (
      <Dialog open onClose={onClose} title={t("fresh")}>
        <Stack>
          <p>{t("secretText")}</p>
          <Copyable text={fresh} />
        </Stack>
        <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
      </Dialog>
    );
  }
  return (
    <Confirm title={t("newSecretTitle", { name: hook.name })} text={t("newSecretText")} error={make.error} onClose={onClose}>
      <Button kind="primary" busy={make.isPending} onClick={() => make.mutate(hook.id, { onSuccess: (made) => setFresh(made.secret) })}>{t("makeNew")}</Button>
    </Confirm>
  );
}

export function RemoveHook({ hook, onClose }: Props) {
  const t = useT();
  const remove = useRemoveHook();
  const done = () => {
    toast(t("removed", { name: hook.name }));
    onClose();
  };
  return (
    <Confirm title={t("removeTitle", { name: hook.name })} text={t("removeText")} error={remove.error} onClose={onClose}>
      <Button kind="dangerFill" busy={remove.isPending} onClick={() => remove.mutate(hook.id, { onSuccess: done })}>{t("removeRun")}</Button>
    </Confirm>
  );
}
