import { useState } from "react";
import { useForm } from "@/lib/form";
import { ScopeChoice } from "@/features/tokens";
import { Button, Copyable, Dialog, DialogActions, ErrorNote, Stack, TextField, toast } from "@/ui";
import { useAddApp, useSaveApp, type App, type FreshApp } from "../api";
import { useT } from "../messages";
import { checkApp, lines } from "../model";

/** Registers an app, and shows its secrets once; or changes one. */
export function AppDialog({ app, onClose }: { app?: App; onClose: () => void }) {
  const t = useT();
  const add = useAddApp();
  const save = useSaveApp();
  const [made, setMade] = useState<FreshApp | null>(null);
  const form = useForm({
    initial: { name: app?.name ?? "", description: app?.description ?? "", redirects: app?.redirectUris.join("\n") ?? "", scopes: app?.scopes ?? [] },
    check: checkApp,
    submit: async (v) => {
      const input = { name: v.name.trim(), description: v.description.trim(), redirectUris: lines(v.redirects), scopes: v.scopes };
      if (!app) return setMade(await add.mutateAsync(input));
      await save.mutateAsync({ id: app.id, input });
      toast(t("saved", { name: input.name }));
      onClose();
    },
  });
  if (made) return <Made made={made} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={app ? t("editTitle", { name: app.name }) : t("create")} width={560}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} help={t("nameHelp")} maxLength={100} {...form.text("name")} />
        <TextField label={t("description")} optional maxLength={1000} {...form.text("description")} />
        <TextField label={t("redirects")} help={t("redirectsHelp")} rows={2} {...form.text("redirects")} />
        <ScopeChoice chosen={form.values.scopes} onChange={(scopes) => form.set("scopes", scopes)} error={form.error("scopes")} />
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{app ? t("save") : t("register")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Made({ made, onClose }: { made: FreshApp; onClose: () => void }) {
  const t = useT();
  const secrets = [[t("clientId"), made.app.clientId], [t("clientSecret"), made.clientSecret], [t("developerKey"), made.developerKey]] as const;
  return (
    <Dialog open onClose={onClose} title={t("made", { name: made.app.name })}>
      <Stack>
        <p>{t("madeText")}</p>
        {secrets.map(([label, value]) => (
          <div key={label}>
            <p>{label}</p>
            <Copyable text={value} />
          </div>
        ))}
      </Stack>
      <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
    </Dialog>
  );
}
