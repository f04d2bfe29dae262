import { useQuery } from "@tanstack/react-query";
import { IconUserCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useMe } from "@/lib/me";
import { Avatar, Picker, Skeleton, type Choice } from "@/ui";
import { useChangeTicket } from "../changes";
import { propertiesQuery, useDirectory } from "../directory";
import { PRIORITIES } from "../display";
import { useT } from "../messages";
import { inOrder, ownerChange, ownerChoice, type Properties } from "../patch";
import type { Ticket } from "../types";
import { fieldId } from "../use-ticket-keys";
import { PriorityIcon, StageIcon } from "./Icons";
import classes from "./Pane.module.css";

/** Owner, Priority, Category, Status: changed in place, at once; refused, they come back and say why. */
export function HeaderFields({ id, ticket }: { id: string; ticket: Ticket | undefined }) {
  const t = useT();
  if (!ticket) return [148, 96, 120, 128].map((width, i) => <Skeleton key={i} width={width} height={20} style={{ margin: "4px 8px" }} />);
  const p = ticket.properties;
  return (
    <>
      <StageField id={id} ticket={ticket} />
      <OwnerField id={id} ticket={ticket} />
      <PriorityField id={id} ticket={ticket} />
      <CategoryField id={id} ticket={ticket} label={t("category")} value={p.hs_ticket_category ?? ""} />
    </>
  );
}

interface FieldProps {
  id: string;
  ticket: Ticket;
}

interface PickProps {
  field: "owner" | "status" | "priority" | "category";
  label: string;
  choices: Choice[];
  value: string;
  ticket: Ticket;
  change: (value: string) => Properties;
  children?: ReactNode;
}

function Pick({ field, label, choices, value, ticket, change }: PickProps) {
  const mutation = useChangeTicket(ticket.id);
  return (
    <span className={classes.field}>
      <Picker
        quiet searchFrom={1} id={fieldId(field)} label={label} choices={choices} value={value || null} disabled={!ticket.can.edit} placeholder={choices[0]?.value === "" ? choices[0].label : label}
        onChange={(next) => next !== value && mutation.mutate(change(next))}
      />
      {mutation.isError && <span role="alert" className={classes.refused}>{mutation.error.message}</span>}
    </span>
  );
}

function OwnerField({ ticket }: FieldProps) {
  const t = useT();
  const choices = useOwnerChoices();
  return <Pick field="owner" label={t("owner")} ticket={ticket} choices={choices} value={ownerChoice(ticket.properties.hubspot_owner_id, ticket.properties.hubspot_team_id)} change={ownerChange} />;
}

/** Nobody, people (oneself first), teams. */
export function useOwnerChoices(): Choice[] {
  const t = useT();
  const me = useMe();
  const { users, teams } = useDirectory();
  const first = (id: string) => (id === me.id ? 0 : 1);
  const people = users.filter((u) => u.active).sort((a, b) => first(a.id) - first(b.id) || a.name.localeCompare(b.name));
  return [
    { value: "", label: t("nobody"), icon: <IconUserCircle size={18} stroke={1.5} aria-hidden /> },
    ...people.map((u) => ({ value: `user:${u.id}`, label: u.id === me.id ? t("me", { name: u.name }) : u.name, group: t("people"), icon: <Avatar name={u.name} seed={u.id} size={18} /> })),
    ...teams.map((team) => ({ value: `team:${team.id}`, label: team.name, group: t("teams"), icon: <Avatar name={team.name} seed={team.id} size={18} /> })),
  ];
}

export function usePriorityChoices(): Choice[] {
  const t = useT();
  return [
    { value: "", label: t("noPriority") },
    ...PRIORITIES.map((p) => ({ value: p, label: t(p.toLowerCase() as "low"), icon: <PriorityIcon priority={p} /> })),
  ];
}

function PriorityField({ ticket }: FieldProps) {
  const t = useT();
  const choices = usePriorityChoices();
  return <Pick field="priority" label={t("priority")} ticket={ticket} choices={choices} value={ticket.properties.hs_ticket_priority ?? ""} change={(value) => ({ hs_ticket_priority: value })} />;
}

function CategoryField({ ticket, label, value }: FieldProps & { label: string; value: string }) {
  const t = useT();
  const property = useQuery(propertiesQuery("tickets")).data?.results.find((p) => p.name === "hs_ticket_category");
  const options = (property?.options ?? []).filter((o) => !o.hidden || o.value === value);
  const choices = [{ value: "", label: t("noCategory") }, ...options.map((o) => ({ value: o.value, label: o.label }))];
  return <Pick field="category" label={label} ticket={ticket} choices={choices} value={value} change={(next) => ({ hs_ticket_category: next })} />;
}

function StageField({ ticket }: FieldProps) {
  const t = useT();
  const { pipelines } = useDirectory();
  const choices = useStageChoices();
  const pipelineOf = (stageId: string) => pipelines.find((p) => p.stages.some((s) => s.id === stageId))?.id;
  const change = (stageId: string): Properties => {
    const pipeline = pipelineOf(stageId);
    return pipeline && pipeline !== ticket.properties.hs_pipeline ? { hs_pipeline: pipeline, hs_pipeline_stage: stageId } : { hs_pipeline_stage: stageId };
  };
  return <Pick field="status" label={t("status")} ticket={ticket} choices={choices} value={ticket.properties.hs_pipeline_stage ?? ""} change={change} />;
}

/** The statuses of every pipeline, or of one. */
export function useStageChoices(only?: string): Choice[] {
  const { pipelines } = useDirectory();
  const shown = inOrder(only ? pipelines.filter((p) => p.id === only) : pipelines);
  return shown.flatMap((p) => inOrder(p.stages).map((s) => ({ value: s.id, label: s.label, group: shown.length > 1 ? p.label : undefined, icon: <StageIcon stage={s} stages={p.stages} /> })));
}
