import { IconChevronDown, IconKeyboard, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { useChangeMe, useMe } from "@/lib/me";
import { forget } from "@/lib/query";
import { useLook, type Density, type Theme } from "@/lib/preferences";
import { Avatar, Menu, toastError } from "@/ui";
import { useLive } from "./context";
import { useT } from "./messages";
import classes from "./Shell.module.css";

/** Who is signed in; theme, density, profile, sign out. */
export function AccountMenu({ onHelp, onGo }: { onHelp: () => void; onGo?: () => void }) {
  const t = useT();
  const me = useMe();
  const look = useLook();
  const live = useLive();
  const navigate = useNavigate();
  const client = useQueryClient();
  const change = useChangeMe();
  const set = (preferences: { theme?: Theme; density?: Density }) => change.mutate({ preferences }, { onError: toastError });
  const theme = (value: Theme, label: string) => ({ label, checked: look.theme === value, run: () => set({ theme: value }) });
  const density = (value: Density, label: string) => ({ label, checked: look.density === value, run: () => set({ density: value }) });
  const signOut = async () => {
    try {
      await api.delete("/session");
    } catch (error) {
      toastError(error);
      return;
    }
    live.stop();
    await navigate({ to: "/login" });
    forget(client);
  };
  return (
    <Menu
      align="start"
      width={232}
      head={<div className={classes.who}><strong>{me.name}</strong>{me.email}</div>}
      trigger={
        <button type="button" className={classes.account}>
          <Avatar name={me.name} seed={me.id} size={22} />
          <span>{me.account.name}</span>
          <span className="sr-only">{t("account", { name: me.name })}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      }
      groups={[
        {
          entries: [
            { label: t("profile"), icon: <IconUserCircle size={16} />, run: () => { onGo?.(); void navigate({ to: "/settings/profile" }); } },
            { label: t("help"), icon: <IconKeyboard size={16} />, keys: "?", run: () => { onGo?.(); onHelp(); } },
          ],
        },
        { label: t("theme"), entries: [theme("system", t("themeSystem")), theme("light", t("themeLight")), theme("dark", t("themeDark"))] },
        { label: t("density"), entries: [density("compact", t("compact")), density("comfortable", t("comfortable"))] },
        { entries: [{ label: t("signOut"), icon: <IconLogout size={16} />, run: () => void signOut() }] },
      ]}
    />
  );
}
