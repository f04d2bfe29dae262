import { useQuery } from "@tanstack/react-query";
import { IconDots, IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime } from "@/lib/time";
import { scopeSummary } from "@/features/tokens";
import { Button, EmptyState, ErrorNote, IconButton, Menu, Pill, RowItem, RowList, SettingsPage, Skeleton, toast } from "@/ui";
import { appsQuery, type App } from "../api";
import { useT } from "../messages";
import { AppDialog } from "./AppDialog";
import { NewSecret, RemoveApp, UninstallApp } from "./AppEnds";

type What = "edit" | "secret" | "developer-key" | "uninstall" | "remove";
type Asked = { what: What; app: App } | { what: "create" };

export function AppsPage() {
  const t = useT();
  const apps = useQuery(appsQuery);
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const create = <Button kind="primary" onClick={() => setAsked({ what: "create" })}>{t("create")}</Button>;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={apps.data?.results.length ? create : undefined}>
      <ErrorNote error={apps.error} onRetry={() => void apps.refetch()} />
      {apps.isPending && [1, 2].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {apps.data?.results.length === 0 && <EmptyState icon={<IconPlugConnected size={28} stroke={1.5} />} title={t("empty")} actions={create}>{t("emptyText")}</EmptyState>}
      {!!apps.data?.results.length && (
        <RowList label={t("title")}>
          {apps.data.results.map((app) => <AppRow key={app.id} app={app} onAsk={(what) => setAsked({ what, app })} />)}
        </RowList>
      )}
      {asked?.what === "create" && <AppDialog onClose={close} />}
      {asked?.what === "edit" && <AppDialog app={asked.app} onClose={close} />}
      {(asked?.what === "secret" || asked?.what === "developer-key") && <NewSecret app={asked.app} of={asked.what} onClose={close} />}
      {asked?.what === "uninstall" && <UninstallApp app={asked.app} onClose={close} />}
      {asked?.what === "remove" && <RemoveApp app={asked.app} onClose={close} />}
    </SettingsPage>
  );
}

function AppRow({ app, onAsk }: { app: App; onAsk: (what: What) => void }) {
  const t = useT();
  const used = app.lastUsedAt ? t("used", { at: dayAndTime(app.lastUsedAt) }) : t("unused");
  const copyId = async () => {
    await navigator.clipboard.writeText(app.clientId);
    toast(t("copied"));
  };
  return (
    <RowItem title={app.name} note={[scopeSummary(false, app.scopes), app.installed ? used : t("notInstalled")].join(" · ")}>
      {app.installed && <Pill tone="ok">{t("installed")}</Pill>}
      <Button size="small" onClick={() => onAsk("edit")} aria-label={t("editTitle", { name: app.name })}>{t("edit")}</Button>
      <Menu
        trigger={<IconButton label={t("more", { name: app.name })}><IconDots size={16} /></IconButton>}
        groups={[
          { entries: [{ label: t("copyId"), run: () => void copyId() }, { label: t("newSecret"), run: () => onAsk("secret") }, { label: t("newKey"), run: () => onAsk("developer-key") }] },
          { entries: [{ label: t("uninstall"), disabled: !app.installed, run: () => onAsk("uninstall") }, { label: t("remove"), danger: true, run: () => onAsk("remove") }] },
        ]}
      />
    </RowItem>
  );
}
