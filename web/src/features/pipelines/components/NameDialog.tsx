import { useForm } from "@/lib/form";
import { Button, Dialog, DialogActions, ErrorNote, TextField } from "@/ui";
import { useT } from "../messages";
import { MAX_LABEL } from "../model";

interface Props {
  title: string;
  help?: string;
  initial: string;
  onSave: (label: string) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for a name: to create, rename, duplicate. */
export function NameDialog({ title, help, initial, onSave, onClose }: Props) {
  const t = useT();
  const form = useForm({
    initial: { label: initial },
    check: (v) => ({ label: !v.label.trim() ? t("nameEmpty") : v.label.length > MAX_LABEL ? t("nameLong") : undefined }),
    submit: async (v) => {
      await onSave(v.label.trim());
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={title} width={420}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} help={help} {...form.text("label")} />
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{t("save")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
