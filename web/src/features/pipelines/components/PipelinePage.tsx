import { useQuery } from "@tanstack/react-query";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { buttonClass, EmptyState, ErrorNote, Section, SettingsPage, Skeleton } from "@/ui";
import { clearingInterval, pipelinesQuery } from "../api";
import { useT } from "../messages";
import { AutomationForm } from "./AutomationForm";
import { ClearingNote } from "./ClearingNote";
import { StagesEditor } from "./StagesEditor";
import classes from "./Pipelines.module.css";

/** One pipeline: its statuses and what changes them by itself (STAT-1, STAT-2, STAT-3). */
export function PipelinePage() {
  const t = useT();
  const { pipelineId } = useParams({ strict: false });
  const pipelines = useQuery({ ...pipelinesQuery, refetchInterval: (query) => clearingInterval(query.state.data) });
  const pipeline = pipelines.data?.results.find((p) => p.id === pipelineId);
  if (pipelines.isSuccess && !pipeline) {
    return <EmptyState title={t("missing")} actions={<Link to="/settings/pipelines" className={buttonClass("primary")}>{t("back")}</Link>}>{t("missingText")}</EmptyState>;
  }
  return (
    <SettingsPage
      title={pipeline?.label ?? " "}
      actions={<Link to="/settings/pipelines" className={classes.back}><IconChevronLeft size={14} aria-hidden />{t("back")}</Link>}
    >
      <ErrorNote error={pipelines.error} onRetry={() => void pipelines.refetch()} />
      <Section title={t("statuses")} help={t("statusesHelp")}>
        {pipeline && <ClearingNote pipeline={pipeline} />}
        {pipeline ? <StagesEditor key={pipeline.id} pipeline={pipeline} /> : [1, 2, 3, 4].map((i) => <Skeleton key={i} height={40} />)}
      </Section>
      <Section title={t("automation")} help={t("automationHelp")}>
        {pipeline ? <AutomationForm pipeline={pipeline} /> : <Skeleton height={80} />}
      </Section>
    </SettingsPage>
  );
}
