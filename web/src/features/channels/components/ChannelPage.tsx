import { useQuery } from "@tanstack/react-query";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useForm } from "@/lib/form";
import { Button, buttonClass, EmptyState, ErrorNote, Pill, Section, SettingsPage, Skeleton, toast } from "@/ui";
import { channelsQuery, kindsQuery, useChangeChannel, useTestChannel, type Channel, type Setting } from "../api";
import { useT } from "../messages";
import { checkChannel, formOf, healthOf, toInput } from "../model";
import { ChannelFields, TestNote } from "./ChannelFields";
import classes from "./Channels.module.css";
import { useHealthNote } from "./ChannelsPage";
import { PauseOrRemove } from "./PauseOrRemove";

export function ChannelPage() {
  const t = useT();
  const { channelId } = useParams({ strict: false });
  const channels = useQuery(channelsQuery);
  const kinds = useQuery(kindsQuery);
  const channel = channels.data?.results.find((c) => c.id === channelId);
  const kind = kinds.data?.results.find((k) => k.name === channel?.kind);
  if (channels.isSuccess && !channel) {
    return <EmptyState title={t("missing")} actions={<Link to="/settings/channels" className={buttonClass("primary")}>{t("back")}</Link>}>{t("missingText")}</EmptyState>;
  }
  return (
    <SettingsPage title={channel?.name || channel?.address || " "} actions={<Link to="/settings/channels" className={classes.back}><IconChevronLeft size={14} aria-hidden />{t("back")}</Link>}>
      <ErrorNote error={channels.error ?? kinds.error} onRetry={() => void Promise.all([channels.refetch(), kinds.refetch()])} />
      {channel ? <HealthSection channel={channel} /> : <Skeleton height={80} />}
      {channel && kind ? <ChangeForm key={channel.id} channel={channel} settings={kind.settings} byApps={kind.byApps} /> : <Skeleton height={320} />}
      {channel && (
        <Section split title={t("danger")} help={t("dangerHelp")}>
          <PauseOrRemove channel={channel} />
        </Section>
      )}
    </SettingsPage>
  );
}

function HealthSection({ channel }: { channel: Channel }) {
  const t = useT();
  const test = useTestChannel();
  const health = healthOf(channel);
  const note = useHealthNote(channel);
  return (
    <Section split title={t("health")} help={t("healthHelp")}>
      <div className={classes.health}>
        <Pill tone={health.tone} dot>{health.label}</Pill>
        <span>{note}</span>
      </div>
      <TestNote result={test.data} error={test.error} />
      <div><Button size="small" busy={test.isPending} onClick={() => test.mutate(channel.id)}>{t("test")}</Button></div>
    </Section>
  );
}

function ChangeForm({ channel, settings, byApps }: { channel: Channel; settings: Setting[]; byApps: boolean }) {
  const t = useT();
  const change = useChangeChannel();
  const form = useForm({
    initial: formOf(settings, channel),
    check: (v) => checkChannel(v, settings, channel.secretsSet, byApps),
    submit: async (v) => {
      const { kind: _kind, ...input } = toInput(channel.kind, v, settings);
      await change.mutateAsync({ id: channel.id, ...input });
      form.setValues(formOf(settings, { ...channel, ...input }));
      toast(t("saved"));
    },
  });
  const changed = JSON.stringify(toInput(channel.kind, form.values, settings)) !== JSON.stringify(toInput(channel.kind, formOf(settings, channel), settings));
  return (
    <form {...form.form}>
      <ChannelFields form={form} settings={settings} secretsSet={channel.secretsSet} />
      <div className={classes.bar}>
        {form.failure ? <div className={classes.note}><ErrorNote error={form.failure} /></div> : <p role="status">{changed ? t("unsaved") : ""}</p>}
        <Button type="submit" kind="primary" disabled={!changed} busy={form.busy}>{t("save")}</Button>
      </div>
    </form>
  );
}
