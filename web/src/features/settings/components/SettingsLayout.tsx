import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useCan } from "@/lib/me";
import { useTitle } from "@/lib/title";
import { useT } from "../messages";
import { settingsFor } from "../model";
import classes from "./SettingsLayout.module.css";

/** The settings' table of contents beside the open page; above it on a phone. */
export function SettingsLayout() {
  const t = useT();
  const can = useCan();
  useTitle(t("settings"));
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the contents are one line that scrolls: the open page is brought into sight.
  useEffect(() => {
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <div className={classes.layout}>
      <nav ref={nav} className={classes.nav} aria-label={t("settings")}>
        {settingsFor(can).map((group) => (
          <div key={group.label} className={classes.group}>
            <div className={classes.label}>{t(group.label)}</div>
            {group.entries.map((entry) => (
              <Link key={entry.to} to={entry.to} className={classes.link} activeProps={{ className: classes.active, "aria-current": "page" }}>
                {t(entry.label)}
              </Link>
            ))}
          </div>
        ))}
      </nav>
      <div className={classes.content}>
        <Outlet />
      </div>
    </div>
  );
}
