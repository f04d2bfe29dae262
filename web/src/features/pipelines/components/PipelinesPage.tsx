import { useQuery } from "@tanstack/react-query";
import { IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button, buttonClass, ErrorNote, IconButton, Menu, SettingsPage, Skeleton, toastError } from "@/ui";
import { Sortable } from "@/ui/Sortable";
import { clearingInterval, pipelinesQuery, useChangePipeline, useCreatePipeline, useDuplicatePipeline, useOrderPipelines, type Pipeline } from "../api";
import { useT } from "../messages";
import { ClearingNote } from "./ClearingNote";
import { DeletePipeline } from "./DeletePipeline";
import { NameDialog } from "./NameDialog";
import classes from "./Pipelines.module.css";

type Open = { what: "create" } | { what: "rename" | "duplicate" | "delete"; pipeline: Pipeline };

/** All pipelines, in the order in which they are offered (PIPE-2). */
export function PipelinesPage() {
  const t = useT();
  const pipelines = useQuery({ ...pipelinesQuery, refetchInterval: (query) => clearingInterval(query.state.data) });
  const order = useOrderPipelines();
  const [open, setOpen] = useState<Open | null>(null);
  const list = pipelines.data?.results ?? [];
  const close = () => setOpen(null);
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={<Button kind="primary" onClick={() => setOpen({ what: "create" })}>{t("create")}</Button>}>
      <ErrorNote error={pipelines.error} onRetry={() => void pipelines.refetch()} />
      {pipelines.isPending && [1, 2].map((i) => <Skeleton key={i} height={52} style={{ marginBottom: 1 }} />)}
      <Sortable label={t("order")} items={list} idOf={(p) => p.id} nameOf={(p) => p.label} onChange={(items) => order.mutate(items.map((p) => p.id), { onError: toastError })}>
        {(pipeline) => <PipelineRow pipeline={pipeline} onOpen={(what) => setOpen({ what, pipeline })} />}
      </Sortable>
      {open?.what === "create" && <CreateDialog onClose={close} />}
      {open?.what === "rename" && <RenameDialog pipeline={open.pipeline} onClose={close} />}
      {open?.what === "duplicate" && <DuplicateDialog pipeline={open.pipeline} onClose={close} />}
      {open?.what === "delete" && <DeletePipeline pipeline={open.pipeline} others={list.filter((p) => p.id !== open.pipeline.id)} onClose={close} />}
    </SettingsPage>
  );
}

function PipelineRow({ pipeline, onOpen }: { pipeline: Pipeline; onOpen: (what: "rename" | "duplicate" | "delete") => void }) {
  const t = useT();
  const to = { to: "/settings/pipelines/$pipelineId", params: { pipelineId: pipeline.id } } as const;
  return (
    <>
      <div className={classes.main}>
        <Link {...to} className={classes.name}>{pipeline.label}</Link>
        <div className={classes.note}>{t("statusesCount", { count: pipeline.stages.length })} · {t("tickets", { count: pipeline.ticketCount })}</div>
        <ClearingNote pipeline={pipeline} />
      </div>
      <Link {...to} className={buttonClass("plain", "small")}>{t("open")}</Link>
      <Menu
        trigger={<IconButton label={t("more", { name: pipeline.label })}><IconDots size={16} /></IconButton>}
        groups={[
          { entries: [{ label: t("rename"), run: () => onOpen("rename") }, { label: t("duplicate"), run: () => onOpen("duplicate") }] },
          { entries: [{ label: t("remove"), danger: true, run: () => onOpen("delete") }] },
        ]}
      />
    </>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const create = useCreatePipeline();
  return <NameDialog title={t("create")} help={t("createHelp")} initial="" onClose={onClose} onSave={(label) => create.mutateAsync(label)} />;
}

function RenameDialog({ pipeline, onClose }: { pipeline: Pipeline; onClose: () => void }) {
  const t = useT();
  const change = useChangePipeline();
  return <NameDialog title={t("rename")} initial={pipeline.label} onClose={onClose} onSave={(label) => change.mutateAsync({ id: pipeline.id, label })} />;
}

function DuplicateDialog({ pipeline, onClose }: { pipeline: Pipeline; onClose: () => void }) {
  const t = useT();
  const duplicate = useDuplicatePipeline();
  const name = t("copyOf", { name: pipeline.label });
  return <NameDialog title={t("duplicateTitle", { name: pipeline.label })} initial={name} onClose={onClose} onSave={(label) => duplicate.mutateAsync({ id: pipeline.id, label })} />;
}
