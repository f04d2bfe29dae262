import { useQuery } from "@tanstack/react-query";
import { Button, ErrorNote, RowItem, RowList, Section } from "@/ui";
import { appChannelsQuery, useConnectByApp, type AppChannel } from "../api";
import { useT } from "../messages";

/** The channels that apps brought, each with the way to connect an account of it (API-9). Nothing where there are none. */
export function AppChannels() {
  const t = useT();
  const channels = useQuery(appChannelsQuery);
  const list = channels.data?.results ?? [];
  if (list.length === 0) return null;
  return (
    <div style={{ marginTop: 32 }}>
      <Section title={t("apps")} help={t("appsHelp")}>
        <RowList label={t("apps")}>
          {list.map((channel) => <AppChannelRow key={channel.id} channel={channel} />)}
        </RowList>
      </Section>
    </div>
  );
}

function AppChannelRow({ channel }: { channel: AppChannel }) {
  const t = useT();
  const connect = useConnectByApp();
  const note = channel.connects ? channel.description : [channel.description, t("itself")].filter(Boolean).join(" · ");
  return (
    <RowItem title={channel.name} note={note}>
      <ErrorNote error={connect.error} />
      {channel.connects && (
        <Button size="small" busy={connect.isPending || connect.isSuccess} aria-label={t("byAppOf", { name: channel.name })} onClick={() => connect.mutate(channel.id)}>{t("byApp")}</Button>
      )}
    </RowItem>
  );
}
