import { useQueryClient } from "@tanstack/react-query";
import { api, type Answers } from "@/lib/api";
import { looksLikeEmail, useForm } from "@/lib/form";
import { Button, Dialog, DialogActions, ErrorNote, TextField } from "@/ui";
import { useT } from "../messages";
import type { ContactHit } from "../queries";

interface Props {
  /** What was typed in the search; null keeps it closed. */
  start: string | null;
  onClose: () => void;
  onMade: (contact: ContactHit) => void;
}

export function NewContact({ start, onClose, onMade }: Props) {
  const t = useT();
  return (
    <Dialog open={start !== null} onClose={onClose} title={t("newContact")} width={420}>
      {start !== null && <ContactForm start={start} onMade={onMade} onClose={onClose} />}
    </Dialog>
  );
}

/** Splits what was typed into the form's first values: an address, or a name. */
function startingValues(text: string) {
  if (looksLikeEmail(text)) return { email: text, firstname: "", lastname: "" };
  const [firstname = "", ...rest] = text.split(/\s+/);
  return { email: "", firstname, lastname: rest.join(" ") };
}

function ContactForm({ start, onMade, onClose }: { start: string; onMade: (contact: ContactHit) => void; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const form = useForm({
    initial: startingValues(start),
    check: (v) => ({ email: looksLikeEmail(v.email) ? undefined : t("needEmail") }),
    submit: async (v) => {
      const properties = Object.fromEntries(Object.entries(v).map(([k, text]) => [k, text.trim()]).filter(([, text]) => text));
      const made = await api.post<Answers["POST /contacts"]>("/contacts", { properties });
      void client.invalidateQueries({ queryKey: ["contact", "list"] });
      onMade({ ...made, companyName: made.companies[0]?.name ?? null, name: made.name || `${v.firstname} ${v.lastname}`.trim(), email: made.email || v.email.trim() });
    },
  });
  return (
    <form {...form.form}>
      <TextField label={t("email")} type="email" autoFocus={!form.values.email} {...form.text("email")} />
      <TextField label={t("firstName")} {...form.text("firstname")} />
      <TextField label={t("lastName")} {...form.text("lastname")} />
      <ErrorNote error={form.failure} />
      <DialogActions>
        <Button kind="quiet" onClick={onClose}>{t("cancel")}</Button>
        <Button kind="primary" type="submit" busy={form.busy}>{t("newContact")}</Button>
      </DialogActions>
    </form>
  );
}
