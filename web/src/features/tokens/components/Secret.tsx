import { Button, Copyable, Dialog, DialogActions, Stack } from "@/ui";
import { useT } from "../messages";

interface Props {
  title: string;
  text: string;
  secrets: { label?: string; value: string }[];
  onClose: () => void;
}

/** Secrets that are shown this once. */
export function Secret({ title, text, secrets, onClose }: Props) {
  const t = useT();
  return (
    <Dialog open onClose={onClose} title={title}>
      <Stack>
        <p>{text}</p>
        {secrets.map((s) => (
          <div key={s.label ?? s.value}>
            {s.label && <p>{s.label}</p>}
            <Copyable text={s.value} />
          </div>
        ))}
      </Stack>
      <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
    </Dialog>
  );
}
