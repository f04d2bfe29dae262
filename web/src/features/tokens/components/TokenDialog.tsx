import { useState } from "react";
import { useForm } from "@/lib/form";
import { Button, Dialog, DialogActions, ErrorNote, Stack, Switch, TextField, toast } from "@/ui";
import { useCreateToken, useSaveToken, type NewToken, type Token } from "../api";
import { useT } from "../messages";
import { ScopeChoice } from "./ScopeChoice";
import { Secret } from "./Secret";

/** Makes a token, and shows it once; or changes what one is called and may do. */
export function TokenDialog({ token, onClose }: { token?: Token; onClose: () => void }) {
  const t = useT();
  const create = useCreateToken();
  const save = useSaveToken();
  const [made, setMade] = useState<NewToken | null>(null);
  const form = useForm({
    initial: { name: token?.name ?? "", allScopes: token?.allScopes ?? false, scopes: token?.scopes ?? [] },
    check: (v) => ({
      name: v.name.trim() ? undefined : t("nameEmpty"),
      scopes: v.allScopes || v.scopes.length ? undefined : t("scopesEmpty"),
    }),
    submit: async (v) => {
      const input = { ...v, name: v.name.trim() };
      if (!token) return setMade(await create.mutateAsync(input));
      await save.mutateAsync({ id: token.id, input });
      toast(t("saved", { name: input.name }));
      onClose();
    },
  });
  if (made) return <Secret title={t("made")} text={t("madeText")} secrets={[{ value: made.token }]} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={token ? t("editTitle", { name: token.name }) : t("create")} width={560}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} placeholder={t("namePlaceholder")} maxLength={100} {...form.text("name")} />
        <Stack>
          <Switch label={t("mayAll")} help={t("mayAllHelp")} checked={form.values.allScopes} onChange={(on) => form.set("allScopes", on)} />
          {!form.values.allScopes && <ScopeChoice chosen={form.values.scopes} onChange={(scopes) => form.set("scopes", scopes)} error={form.error("scopes")} />}
        </Stack>
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{token ? t("save") : t("create")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
