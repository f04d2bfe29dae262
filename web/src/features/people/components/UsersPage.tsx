import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/lib/me";
import { dayAndTime } from "@/lib/time";
import { Avatar, Button, ErrorNote, Pill, RowItem, RowList, SettingsPage, Skeleton } from "@/ui";
import { usersQuery, type User } from "../api";
import { useT } from "../messages";
import { sortUsers } from "../model";
import { UserDialog } from "./UserDialog";

export function UsersPage() {
  const t = useT();
  const users = useQuery(usersQuery);
  const [open, setOpen] = useState<User | "new" | null>(null);
  return (
    <SettingsPage title={t("users")} lead={t("usersLead")} actions={<Button kind="primary" onClick={() => setOpen("new")}>{t("add")}</Button>}>
      <ErrorNote error={users.error} onRetry={() => void users.refetch()} />
      {users.isPending && [1, 2, 3].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {users.data && (
        <RowList label={t("users")}>
          {sortUsers(users.data.results).map((user) => <UserRow key={user.id} user={user} onEdit={() => setOpen(user)} />)}
        </RowList>
      )}
      {open && <UserDialog user={open === "new" ? undefined : open} onClose={() => setOpen(null)} />}
    </SettingsPage>
  );
}

function UserRow({ user, onEdit }: { user: User; onEdit: () => void }) {
  const t = useT();
  const me = useMe();
  const seen = user.lastSeenAt ? t("lastSeen", { at: dayAndTime(user.lastSeenAt) }) : t("neverSeen");
  return (
    <RowItem
      lead={<Avatar name={user.name} seed={user.id} size={28} />}
      title={user.name}
      note={`${user.email} · ${t("open", { count: user.openTickets })} · ${seen}`}
    >
      {user.id === me.id && <Pill>{t("you")}</Pill>}
      {!user.active && <Pill tone="warn">{t("inactive")}</Pill>}
      {user.superAdmin && <Pill tone="accent">{t("superAdmin")}</Pill>}
      {user.seat === "view" && <Pill>{t("view")}</Pill>}
      <Button size="small" onClick={onEdit} aria-label={t("editUser", { name: user.name })}>{t("edit")}</Button>
    </RowItem>
  );
}
