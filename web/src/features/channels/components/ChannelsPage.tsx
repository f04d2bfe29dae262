import { useQuery } from "@tanstack/react-query";
import { IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useCan } from "@/lib/me";
import { dayAndTime } from "@/lib/time";
import { buttonClass, EmptyState, ErrorNote, Pill, RowItem, RowList, SettingsPage, Skeleton } from "@/ui";
import { channelsQuery, type Channel } from "../api";
import { useT } from "../messages";
import { healthOf } from "../model";
import { AppChannels } from "./AppChannels";

/** The connected channels with their health (CHAN-4). */
export function ChannelsPage() {
  const t = useT();
  const can = useCan();
  const channels = useQuery(channelsQuery);
  const list = channels.data?.results;
  const connect = <Link to="/settings/channels/new" className={buttonClass("primary")}>{t("connect")}</Link>;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={<><Link to="/settings/attention" className={buttonClass()}>{t("attention")}</Link>{connect}</>}>
      <ErrorNote error={channels.error} onRetry={() => void channels.refetch()} />
      {channels.isPending && [1, 2].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {list?.length === 0 && <EmptyState icon={<IconPlugConnected size={28} stroke={1.5} />} title={t("empty")} actions={connect}>{t("emptyText")}</EmptyState>}
      {!!list?.length && (
        <RowList label={t("title")}>
          {list.map((channel) => <ChannelRow key={channel.id} channel={channel} />)}
        </RowList>
      )}
      {can("account") && <AppChannels />}
    </SettingsPage>
  );
}

function ChannelRow({ channel }: { channel: Channel }) {
  const t = useT();
  const health = healthOf(channel);
  const note = useHealthNote(channel);
  return (
    <RowItem title={<Link to="/settings/channels/$channelId" params={{ channelId: channel.id }}>{channel.name || channel.address}</Link>} note={[channel.address, note].filter(Boolean).join(" · ")}>
      {channel.builtin && <Pill>{t("builtin")}</Pill>}
      <Pill tone={health.tone} dot>{health.label}</Pill>
      <Link to="/settings/channels/$channelId" params={{ channelId: channel.id }} className={buttonClass("plain", "small")}>{t("open")}</Link>
    </RowItem>
  );
}

export function useHealthNote({ active, health }: Channel): string {
  const t = useT();
  if (!active) return "";
  if (health.state === "failing") return t("failingSince", { at: health.failingSince ? dayAndTime(health.failingSince) : "", error: health.lastError ?? "" });
  return health.lastSuccessAt ? t("okSince", { at: dayAndTime(health.lastSuccessAt) }) : t("idleNote");
}
