import { useState, type ReactNode } from "react";
import { Button, Copyable, Dialog, DialogActions, ErrorNote, Stack, toast } from "@/ui";
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
    <Ask title={t("newSecretTitle", { name: hook.name })} text={t("newSecretText")} error={make.error} onClose={onClose}>
      <Button kind="primary" busy={make.isPending} onClick={() => make.mutate(hook.id, { onSuccess: (made) => setFresh(made.secret) })}>{t("makeNew")}</Button>
    </Ask>
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
    <Ask title={t("removeTitle", { name: hook.name })} text={t("removeText")} error={remove.error} onClose={onClose}>
      <Button kind="dangerFill" busy={remove.isPending} onClick={() => remove.mutate(hook.id, { onSuccess: done })}>{t("removeRun")}</Button>
    </Ask>
  );
}

function Ask({ title, text, error, onClose, children }: { title: string; text: string; error: unknown; onClose: () => void; children: ReactNode }) {
  const t = useT();
  return (
    <Dialog open onClose={onClose} title={title}>
      <Stack>
        <p>{text}</p>
        <ErrorNote error={error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        {children}
      </DialogActions>
    </Dialog>
  );
}
