import { useQuery } from "@tanstack/react-query";
import { IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { useForm } from "@/lib/form";
import { dayAndTime } from "@/lib/time";
import { Button, Copyable, Dialog, DialogActions, EmptyState, ErrorNote, RowItem, RowList, SettingsPage, Skeleton, Stack, TextField, toast } from "@/ui";
import { tokensQuery, useCreateToken, useRevokeToken, type NewToken, type Token } from "../api";
import { useT } from "../messages";

export function TokensPage() {
  const t = useT();
  const tokens = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const create = <Button kind="primary" onClick={() => setCreating(true)}>{t("create")}</Button>;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={tokens.data?.results.length ? create : undefined}>
      <ErrorNote error={tokens.error} onRetry={() => void tokens.refetch()} />
      {tokens.isPending && [1, 2].map((i) => <Skeleton key={i} height={40} style={{ marginBottom: 8 }} />)}
      {tokens.data?.results.length === 0 && <EmptyState icon={<IconKey size={28} stroke={1.5} />} title={t("empty")} actions={create}>{t("emptyText")}</EmptyState>}
      {!!tokens.data?.results.length && (
        <RowList label={t("title")}>
          {tokens.data.results.map((token) => (
            <RowItem
              key={token.id}
              title={token.name}
              note={`${t("created", { at: dayAndTime(token.createdAt) })}, ${token.lastUsedAt ? t("used", { at: dayAndTime(token.lastUsedAt) }) : t("unused")}`}
            >
              <Button size="small" kind="danger" onClick={() => setRevoking(token)}>{t("revoke")}</Button>
            </RowItem>
          ))}
        </RowList>
      )}
      {creating && <CreateToken onClose={() => setCreating(false)} />}
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(null)} />}
    </SettingsPage>
  );
}

function CreateToken({ onClose }: { onClose: () => void }) {
  const t = useT();
  const create = useCreateToken();
  const [made, setMade] = useState<NewToken | null>(null);
  const form = useForm({
    initial: { name: "" },
    check: (v) => ({ name: v.name.trim() ? undefined : t("nameEmpty") }),
    submit: async (v) => setMade(await create.mutateAsync(v.name.trim())),
  });
  if (made) {
    return (
      <Dialog open onClose={onClose} title={t("made")}>
        <Stack>
          <p>{t("madeText")}</p>
          <Copyable text={made.token} />
        </Stack>
        <DialogActions><Button kind="primary" onClick={onClose}>{t("done")}</Button></DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={t("create")}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} placeholder={t("namePlaceholder")} maxLength={100} {...form.text("name")} />
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{t("create")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useT();
  const revoke = useRevokeToken();
  const run = () => revoke.mutate(token.id, {
    onSuccess: () => {
      toast(t("revoked", { name: token.name }));
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={t("revokeTitle", { name: token.name })}>
      <Stack>
        <p>{t("revokeText")}</p>
        <ErrorNote error={revoke.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="dangerFill" busy={revoke.isPending} onClick={run}>{t("revoke")}</Button>
      </DialogActions>
    </Dialog>
  );
}
