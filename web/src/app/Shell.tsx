import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { useLiveState } from "@/lib/live";
import { useMe } from "@/lib/me";
import { Bell } from "@/features/notifications";
import { Palette, ShortcutHelp } from "@/features/search";
import { CreateTicketHost } from "@/features/tickets";
import { Button, IconButton, SidePanel } from "@/ui";
import { useLive } from "./context";
import { useT } from "./messages";
import classes from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { useShellKeys } from "./use-shell-keys";

/** What stands around every page: navigation, search, notices, the state of the connection. */
export function Shell() {
  const t = useT();
  const me = useMe();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const openPalette = () => {
    setDrawer(false);
    setPalette(true);
  };
  useShellKeys({ openPalette, openHelp: () => setHelp(true) });
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>{t("skip")}</a>
      <div className={classes.side}>
        <Sidebar onSearch={openPalette} onHelp={() => setHelp(true)} />
      </div>
      <div className={classes.top}>
        <IconButton label={t("menu")} onClick={() => setDrawer(true)}><IconMenu2 size={18} /></IconButton>
        <strong>{me.account.name}</strong>
        <IconButton label={t("search")} onClick={openPalette}><IconSearch size={18} /></IconButton>
        <Bell />
      </div>
      <ConnectionBanner />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <SidePanel open={drawer} onClose={() => setDrawer(false)} title={t("menu")} side="start" width={272} hideHead>
        <Sidebar onSearch={openPalette} onHelp={() => setHelp(true)} onGo={() => setDrawer(false)} />
      </SidePanel>
      <Palette open={palette} onClose={() => setPalette(false)} />
      <ShortcutHelp open={help} onClose={() => setHelp(false)} />
      <CreateTicketHost />
    </div>
  );
}

function ConnectionBanner() {
  const t = useT();
  const live = useLive();
  const state = useLiveState(live);
  if (state !== "lost") return null;
  return (
    <div className={classes.banner} role="status">
      <p>{t("lost")}</p>
      <Button size="small" onClick={() => live.hurry()}>{t("retryNow")}</Button>
    </div>
  );
}
