import { useQuery } from "@tanstack/react-query";
import { pipelinesQuery } from "@/features/pipelines";
import type { useForm } from "@/lib/form";
import { ErrorNote, Section, SelectField, TextField } from "@/ui";
import type { Setting, TestResult } from "../api";
import { useT } from "../messages";
import { shownSettings, type ChannelForm } from "../model";
import classes from "./Channels.module.css";
import { SettingField } from "./SettingField";

type Form = ReturnType<typeof useForm<ChannelForm>>;

/** The fields of a channel: the same to connect one and to change one. */
export function ChannelFields({ form, settings, secretsSet }: { form: Form; settings: readonly Setting[]; secretsSet: readonly string[] }) {
  const t = useT();
  const pipelines = useQuery(pipelinesQuery).data?.results ?? [];
  const stages = pipelines.find((p) => p.id === form.values.pipelineId)?.stages ?? [];
  const choosePipeline = (id: string) => {
    form.set("pipelineId", id);
    form.set("stageId", pipelines.find((p) => p.id === id)?.stages[0]?.id ?? "");
  };
  return (
    <>
      <Section split title={t("general")} help={t("generalHelp")}>
        <TextField label={t("name")} {...form.text("name")} />
        <TextField label={t("address")} type="email" autoComplete="off" {...form.text("address")} />
      </Section>
      <Section split title={t("connection")} help={t("connectionHelp")}>
        {shownSettings(settings, form.values).map((setting) => (
          <SettingField
            key={setting.name} setting={setting} value={form.values[setting.name] ?? ""} error={form.error(setting.name)}
            isSet={secretsSet.includes(setting.name)} onChange={(value) => form.set(setting.name, value)} onBlur={form.text(setting.name).onBlur}
          />
        ))}
      </Section>
      <Section split title={t("tickets")} help={t("ticketsHelp")}>
        <SelectField label={t("pipeline")} value={form.values.pipelineId ?? null} onChange={choosePipeline} choices={pipelines.map((p) => ({ value: p.id, label: p.label }))} error={form.error("pipelineId")} tight />
        <SelectField label={t("status")} value={form.values.stageId ?? null} onChange={(id) => form.set("stageId", id)} choices={stages.map((s) => ({ value: s.id, label: s.label }))} error={form.error("stageId")} tight />
      </Section>
    </>
  );
}

/** What a test said, in its own words. */
export function TestNote({ result, error }: { result?: TestResult; error: unknown }) {
  const t = useT();
  if (error) return <ErrorNote error={error} title={t("testBad")} />;
  if (!result) return null;
  return (
    <div className={result.ok ? classes.result : `${classes.result} ${classes.bad}`} role="status">
      <div><strong>{result.ok ? t("testOk") : t("testBad")}</strong> {result.message}</div>
    </div>
  );
}
