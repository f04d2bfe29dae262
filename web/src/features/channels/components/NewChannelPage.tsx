import { useQuery } from "@tanstack/react-query";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { pipelinesQuery, type Pipeline } from "@/features/pipelines";
import { useForm } from "@/lib/form";
import { Button, ErrorNote, Segments, SettingsPage, Skeleton, toast } from "@/ui";
import { kindsQuery, useCreateChannel, useTestSettings, type ChannelKind } from "../api";
import { useT } from "../messages";
import { checkChannel, formOf, toInput } from "../model";
import { ChannelFields, TestNote } from "./ChannelFields";
import classes from "./Channels.module.css";

export function NewChannelPage() {
  const t = useT();
  const kinds = useQuery(kindsQuery);
  const pipelines = useQuery(pipelinesQuery);
  const [name, setName] = useState<string | null>(null);
  const list = kinds.data?.results.filter((k) => !k.byApps) ?? [];
  const kind = list.find((k) => k.name === name) ?? list[0];
  const first = pipelines.data?.results[0];
  return (
    <SettingsPage title={t("connect")} lead={t("connectLead")} actions={<Link to="/settings/channels" className={classes.back}><IconChevronLeft size={14} aria-hidden />{t("back")}</Link>}>
      <ErrorNote error={kinds.error ?? pipelines.error} onRetry={() => void Promise.all([kinds.refetch(), pipelines.refetch()])} />
      {list.length > 1 && kind && (
        <div style={{ marginBottom: 24 }}>
          <Segments label={t("kind")} name="kind" value={kind.name} onChange={setName} choices={list.map((k) => ({ value: k.name, label: k.label }))} />
        </div>
      )}
      {kind && first ? <ConnectForm key={kind.name} kind={kind} first={first} /> : !kinds.isError && <Skeleton height={320} />}
    </SettingsPage>
  );
}

function ConnectForm({ kind, first }: { kind: ChannelKind; first: Pipeline }) {
  const t = useT();
  const navigate = useNavigate();
  const create = useCreateChannel();
  const test = useTestSettings();
  const form = useForm({
    initial: formOf(kind.settings, undefined, { pipelineId: first.id, stageId: first.stages[0]?.id ?? "" }),
    check: (v) => checkChannel(v, kind.settings, []),
    submit: async (v) => {
      const input = toInput(kind.name, v, kind.settings);
      const result = await test.mutateAsync(input);
      if (!result.ok) return;
      const made = await create.mutateAsync(input);
      toast(t("saved"));
      await navigate({ to: "/settings/channels/$channelId", params: { channelId: made.id } });
    },
  });
  return (
    <form {...form.form}>
      <ChannelFields form={form} settings={kind.settings} secretsSet={[]} />
      <div className={classes.bar}>
        <div className={classes.note}>
          <TestNote result={form.busy ? undefined : test.data} error={form.failure} />
        </div>
        <Button type="submit" kind="primary" busy={form.busy}>{t("connect")}</Button>
      </div>
    </form>
  );
}
