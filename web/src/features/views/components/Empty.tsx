import { Link } from "@tanstack/react-router";
import { IconInbox, IconSearchOff } from "@tabler/icons-react";
import { useMe } from "@/lib/me";
import { Button, buttonClass, EmptyState } from "@/ui";
import { useT } from "../messages";

type Known = "Unassigned" | "Mine" | "Team" | "Open" | "Sent" | "Spam" | "Mentions" | "Drafts" | "Snoozed" | "Following";

/** An empty view says what it is for and what to do next (UX-6). */
export function EmptyView({ view }: { view: string }) {
  const t = useT();
  const me = useMe();
  const name = (view.charAt(0).toUpperCase() + view.slice(1)) as Known;
  const address = me.account.supportAddress;
  const needsChannel = view === "unassigned" && !address;
  return (
    <EmptyState
      icon={<IconInbox size={28} stroke={1.4} />}
      title={t(`empty${name}`)}
      actions={
        needsChannel && me.superAdmin ? <Link to="/settings/channels/new" className={buttonClass("primary")}>{t("connectChannel")}</Link>
        : view === "mine" ? <Link to="/views/$viewId" params={{ viewId: "unassigned" }} className={buttonClass()}>{t("goUnassigned")}</Link>
        : undefined
      }
    >
      {needsChannel ? t("emptyUnassignedNoAddress") : t(`empty${name}Text`, { address })}
    </EmptyState>
  );
}

export function NothingFits({ onClear, onEverywhere }: { onClear: () => void; onEverywhere?: () => void }) {
  const t = useT();
  return (
    <EmptyState
      icon={<IconSearchOff size={28} stroke={1.4} />}
      title={t("noResults")}
      actions={
        <>
          <Button onClick={onClear}>{t("clearFilters")}</Button>
          {onEverywhere && <Button kind="quiet" onClick={onEverywhere}>{t("searchEverywhere")}</Button>}
        </>
      }
    >
      {t("noResultsText")}
    </EmptyState>
  );
}
