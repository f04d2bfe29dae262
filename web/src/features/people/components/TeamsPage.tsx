import { useQuery } from "@tanstack/react-query";
import { IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useForm } from "@/lib/form";
import { Button, Dialog, DialogActions, EmptyState, ErrorNote, RowItem, RowList, SettingsPage, Skeleton, Stack, TextField, toast } from "@/ui";
import { teamsQuery, useDeleteTeam, useSaveTeam, usersQuery, type Team } from "../api";
import { useT } from "../messages";

export function TeamsPage() {
  const t = useT();
  const teams = useQuery(teamsQuery);
  const users = useQuery(usersQuery).data?.results ?? [];
  const [open, setOpen] = useState<Team | "new" | null>(null);
  const [removing, setRemoving] = useState<Team | null>(null);
  const add = <Button kind="primary" onClick={() => setOpen("new")}>{t("addTeam")}</Button>;
  const members = (team: Team) => {
    const ids = [...team.mainMemberIds, ...team.extraMemberIds];
    const names = users.filter((u) => ids.includes(u.id)).map((u) => u.name);
    return [t("members", { count: ids.length }), names.join(", ")].filter(Boolean).join(": ");
  };
  return (
    <SettingsPage title={t("teams")} lead={t("teamsLead")} actions={teams.data?.results.length ? add : undefined}>
      <ErrorNote error={teams.error} onRetry={() => void teams.refetch()} />
      {teams.isPending && [1, 2].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {teams.data?.results.length === 0 && <EmptyState icon={<IconUsersGroup size={28} stroke={1.5} />} title={t("noTeams")} actions={add}>{t("noTeamsText")}</EmptyState>}
      {!!teams.data?.results.length && (
        <RowList label={t("teams")}>
          {teams.data.results.map((team) => (
            <RowItem key={team.id} title={team.name} note={members(team)}>
              <Button size="small" onClick={() => setOpen(team)}>{t("rename")}</Button>
              <Button size="small" kind="danger" onClick={() => setRemoving(team)}>{t("remove")}</Button>
            </RowItem>
          ))}
        </RowList>
      )}
      {open && <TeamDialog team={open === "new" ? undefined : open} onClose={() => setOpen(null)} />}
      {removing && <RemoveTeam team={removing} onClose={() => setRemoving(null)} />}
    </SettingsPage>
  );
}

function TeamDialog({ team, onClose }: { team?: Team; onClose: () => void }) {
  const t = useT();
  const save = useSaveTeam();
  const form = useForm({
    initial: { name: team?.name ?? "" },
    check: (v) => ({ name: v.name.trim() ? undefined : t("teamNameEmpty") }),
    submit: async (v) => {
      await save.mutateAsync({ id: team?.id, name: v.name.trim() });
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={team ? t("rename") : t("addTeam")} width={400}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("teamName")} maxLength={100} {...form.text("name")} />
        <DialogActions>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{t("save")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function RemoveTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const t = useT();
  const remove = useDeleteTeam();
  const run = () => remove.mutate(team.id, {
    onSuccess: () => {
      toast(t("removed", { name: team.name }));
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={t("removeTitle", { name: team.name })} width={400}>
      <Stack>
        <p>{t("removeText")}</p>
        <ErrorNote error={remove.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="dangerFill" busy={remove.isPending} onClick={run}>{t("remove")}</Button>
      </DialogActions>
    </Dialog>
  );
}
