import type { ReactNode } from "react";
import { ErrorNote } from "./Bits";
import { Button } from "./Button";
import { Dialog, DialogActions } from "./Dialog";
import { useT } from "./messages";
import { Stack } from "./Page";

/** A question before something that cannot be taken back: what it means, Cancel, and as children the button that does it. */
export function Confirm({ title, text, error, onClose, children }: { title: string; text: string; error: unknown; onClose: () => void; children: ReactNode }) {
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
