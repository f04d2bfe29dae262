import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { newKey } from "@/lib/api";
import { looksLikeEmail, useForm } from "@/lib/form";
import { Button, Dialog, DialogActions, ErrorNote, TextField, toast } from "@/ui";
import { useCreateContact } from "../api";
import { useT } from "../messages";

export function NewContact({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  return (
    <Dialog open={open} onClose={onClose} title={t("new")} width={420}>
      {open && <Form onClose={onClose} />}
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const create = useCreateContact();
  const [key] = useState(newKey);
  const form = useForm({
    initial: { email: "", firstname: "", lastname: "", phone: "" },
    check: (v) => ({ email: looksLikeEmail(v.email) ? undefined : t("needEmail") }),
    submit: async (v) => {
      const properties = Object.fromEntries(Object.entries(v).map(([k, text]) => [k, text.trim()]).filter(([, text]) => text));
      const made = await create.mutateAsync({ properties, key });
      toast(t("created"));
      onClose();
      await navigate({ to: "/contacts/$contactId", params: { contactId: made.id } });
    },
  });
  return (
    <form {...form.form}>
      <TextField label={t("email")} type="email" autoFocus {...form.text("email")} />
      <TextField label={t("firstName")} optional {...form.text("firstname")} />
      <TextField label={t("lastName")} optional {...form.text("lastname")} />
      <TextField label={t("phone")} optional type="tel" {...form.text("phone")} />
      <ErrorNote error={form.failure} />
      <DialogActions>
        <Button kind="quiet" onClick={onClose}>{t("cancel")}</Button>
        <Button kind="primary" type="submit" busy={form.busy}>{t("new")}</Button>
      </DialogActions>
    </form>
  );
}
