import { IconAddressBook, IconKeyboard, IconMailForward, IconSearch, IconSettings } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Bell } from "@/features/notifications";
import { ViewsNav } from "@/features/views";
import { useMe } from "@/lib/me";
import { Kbd } from "@/ui";
import { AccountMenu } from "./AccountMenu";
import { useT } from "./messages";
import classes from "./Shell.module.css";

interface Props {
  onSearch: () => void;
  onHelp: () => void;
  onGo?: () => void;
}

/** The left column: who and where, search, the views with their counts, the other places. */
export function Sidebar({ onSearch, onHelp, onGo }: Props) {
  const t = useT();
  const me = useMe();
  return (
    <div className={classes.sidebar}>
      <div className={classes.head}>
        <AccountMenu onHelp={onHelp} onGo={onGo} />
        <Bell onGo={onGo} />
      </div>
      <button type="button" className={classes.search} onClick={onSearch}>
        <IconSearch size={14} aria-hidden />
        <span>{t("search")}</span>
        <Kbd keys="mod+k" />
      </button>
      <div className={classes.views}>
        <ViewsNav onGo={onGo} />
      </div>
      <nav className={classes.foot} aria-label={t("mainNav")}>
        <Place to="/contacts" icon={<IconAddressBook size={16} stroke={1.7} aria-hidden />} onGo={onGo}>{t("contacts")}</Place>
        {!me.account.hasMailServer && <Place to="/outbox" icon={<IconMailForward size={16} stroke={1.7} aria-hidden />} onGo={onGo}>{t("outbox")}</Place>}
        <Place to="/settings" icon={<IconSettings size={16} stroke={1.7} aria-hidden />} onGo={onGo}>{t("settings")}</Place>
        <button type="button" className={classes.link} style={{ width: "100%" }} onClick={() => { onGo?.(); onHelp(); }}>
          <IconKeyboard size={16} stroke={1.7} aria-hidden />
          {t("help")}
        </button>
      </nav>
    </div>
  );
}

function Place({ to, icon, onGo, children }: { to: "/contacts" | "/outbox" | "/settings"; icon: ReactNode; onGo?: () => void; children: ReactNode }) {
  return (
    <Link to={to} className={classes.link} activeProps={{ className: classes.active, "aria-current": "page" }} onClick={onGo}>
      {icon}
      {children}
    </Link>
  );
}
