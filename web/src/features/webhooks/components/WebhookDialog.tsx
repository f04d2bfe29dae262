import { useState } from "react";
import { useForm } from "@/lib/form";
import { Button, Copyable, Dialog, DialogActions, ErrorNote, Stack, TextField, toast } from "@/ui";
import { useAddHook, useSaveHook, type FreshHook } from "../api";
import { useT } from "../messages";
import { checkHook, eventOf, wordOf, type Hook } from "../model";
import { EventChoice } from "./EventChoice";

/** Adds a webhook, and shows its secret once; or changes one. */
export function WebhookDialog({ hook, onClose }: { hook?: Hook; onClose: () => void }) {
  const t = useT();
  const add = useAddHook();
  const save = useSaveHook();
  const [made, setMade] = useState<FreshHook | null>(null);
  const form = useForm({
    initial: { name: hook?.name ?? "", url: hook?.url ?? "", events: hook?.events.map(wordOf) ?? [] },
    check: checkHook,
    submit: async (v) => {
      const input = { name: v.name.trim(), url: v.url.trim(), events: v.events.map(eventOf) };
      if (!hook) return setMade(await add.mutateAsync(input));
      await save.mutateAsync({ id: hook.id, input: { ...input, concurrency: hook.concurrency } });
      toast(t("saved", { name: input.name }));
      onClose();
    },
  });
  if (made) return <Made made={made} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={hook ? t("editTitle", { name: hook.name }) : t("create")} width={560}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} maxLength={200} {...form.text("name")} />
        <TextField label={t("url")} help={t("urlHelp")} maxLength={2000} {...form.text("url")} />
        <EventChoice chosen={form.values.events} onChange={(events) => form.set("events", events)} error={form.error("events")} />
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{hook ? t("save") : t("add")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Made({ made, onClose }: { made: FreshHook; onClose: () => void }) {
  const t = useT();
  return (
    <Dialog open onClose={onClose} title={t("made", { name: made.webhook.name })}>
      <Stack>
        <p>{t("secretText")}</p>
        <Copyable text={made.secret} />
      </Stack>
      <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
    </Dialog>
  );
}
