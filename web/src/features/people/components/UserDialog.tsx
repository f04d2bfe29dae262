import { useQuery } from "@tanstack/react-query";
import { useForm } from "@/lib/form";
import { useMe } from "@/lib/me";
import { Button, Checkbox, Dialog, DialogActions, ErrorNote, PasswordField, SelectField, Stack, TextField, toast } from "@/ui";
import { teamsQuery, useSaveUser, type User } from "../api";
import { useT } from "../messages";
import { blankUser, checkUser, userChange } from "../model";

/** Adds a user, or changes one who is there. */
export function UserDialog({ user, onClose }: { user?: User; onClose: () => void }) {
  const t = useT();
  const me = useMe();
  const teams = useQuery(teamsQuery).data?.results ?? [];
  const save = useSaveUser();
  const form = useForm({
    initial: blankUser(user),
    check: (v) => checkUser(v, !user),
    submit: async (v) => {
      await save.mutateAsync({ id: user?.id, change: userChange(v, user) });
      if (!user) toast(t("added", { name: v.name }));
      onClose();
    },
  });
  const { values, set } = form;
  return (
    <Dialog open onClose={onClose} title={user ? t("editUser", { name: user.name }) : t("add")}>
      <form {...form.form}>
        <ErrorNote error={form.failure} />
        <TextField label={t("name")} autoComplete="off" {...form.text("name")} />
        <TextField label={t("email")} type="email" autoComplete="off" readOnly={Boolean(user)} {...form.text("email")} />
        <PasswordField label={user ? t("newPassword") : t("password")} help={user ? t("newPasswordHelp") : t("passwordHelp")} autoComplete="new-password" {...form.text("password")} />
        <Stack>
          <SelectField label={t("seat")} value={values.seat} tight onChange={(v) => set("seat", v === "view" ? "view" : "service")} choices={[{ value: "service", label: t("service") }, { value: "view", label: t("view") }]} />
          <SelectField label={t("mainTeam")} value={values.mainTeamId ?? ""} tight onChange={(v) => set("mainTeamId", v || null)} choices={[{ value: "", label: t("noTeam") }, ...teams.map((team) => ({ value: team.id, label: team.name }))]} />
          {teams.length > 1 && (
            <fieldset style={{ border: 0, margin: 0, padding: "4px 0" }}>
              <legend style={{ fontWeight: 500, fontSize: 13, padding: "0 0 4px" }}>{t("extraTeams")}</legend>
              <Stack>
                {teams.filter((team) => team.id !== values.mainTeamId).map((team) => (
                  <Checkbox key={team.id} label={team.name} checked={values.teamIds.includes(team.id)} onChange={(on) => set("teamIds", on ? [...values.teamIds, team.id] : values.teamIds.filter((id) => id !== team.id))} />
                ))}
              </Stack>
            </fieldset>
          )}
          <Checkbox label={t("superAdmin")} help={t("superAdminHelp")} checked={values.superAdmin} onChange={(on) => set("superAdmin", on)} />
        </Stack>
        <DialogActions>
          {user && user.id !== me.id && <ActiveButton user={user} onDone={onClose} />}
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" kind="primary" busy={form.busy}>{user ? t("save") : t("add")}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function ActiveButton({ user, onDone }: { user: User; onDone: () => void }) {
  const t = useT();
  const save = useSaveUser();
  const set = (active: boolean) => save.mutateAsync({ id: user.id, change: { active } });
  const run = async () => {
    try {
      await set(!user.active);
    } catch {
      return; // shown beneath the button
    }
    if (user.active) toast(t("deactivated", { name: user.name }), { undo: () => void set(true) });
    onDone();
  };
  return (
    <div style={{ marginInlineEnd: "auto" }}>
      <Button kind={user.active ? "danger" : "plain"} busy={save.isPending} onClick={() => void run()}>{user.active ? t("deactivate") : t("activate")}</Button>
      <ErrorNote error={save.error} />
    </div>
  );
}
