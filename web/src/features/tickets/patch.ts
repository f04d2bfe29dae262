/** Pure rules of changing a ticket on screen before the server has agreed, and of taking it back. */
import type { Pipeline, Row, Ticket } from "./types";

export type Properties = Record<string, string>;

/** The ticket as it will be; `closed` follows the status. */
export function withProperties(ticket: Ticket, changed: Properties, pipelines: readonly Pipeline[] = []): Ticket {
  const properties = { ...ticket.properties, ...changed };
  const stage = changed.hs_pipeline_stage === undefined ? undefined : findStage(pipelines, changed.hs_pipeline_stage);
  return { ...ticket, properties, ...(stage && { closed: stage.state === "CLOSED" }) };
}

/** Takes back only what is still as the refused change left it: a later change of one's own stays. */
export function takeBack(now: Ticket, before: Ticket, changed: Properties, pipelines: readonly Pipeline[] = []): Ticket {
  const back = Object.keys(changed).filter((name) => now.properties[name] === changed[name]);
  return withProperties(now, Object.fromEntries(back.map((name) => [name, before.properties[name] ?? ""])), pipelines);
}

const ROW_FIELDS: Record<string, (row: Row, value: string) => Row> = {
  subject: (row, subject) => ({ ...row, subject }),
  hs_pipeline: (row, pipelineId) => ({ ...row, pipelineId }),
  hs_pipeline_stage: (row, stageId) => ({ ...row, stageId }),
  hs_ticket_priority: (row, priority) => ({ ...row, priority }),
  hs_ticket_category: (row, category) => ({ ...row, category }),
  hubspot_owner_id: (row, id) => ({ ...row, ownerId: id || null }),
  hubspot_team_id: (row, id) => ({ ...row, teamId: id || null }),
};

/** The same change on a row of a list. */
export function rowWith(row: Row, changed: Properties, pipelines: readonly Pipeline[] = []): Row {
  const next = Object.entries(changed).reduce((r, [name, value]) => ROW_FIELDS[name]?.(r, value) ?? r, row);
  const stage = findStage(pipelines, next.stageId);
  return stage ? { ...next, closed: stage.state === "CLOSED" } : next;
}

export function findStage(pipelines: readonly Pipeline[], stageId: string) {
  for (const p of pipelines) {
    const stage = p.stages.find((s) => s.id === stageId);
    if (stage) return stage;
  }
  return undefined;
}

/** The status that `e` closes into: the first closed one of the ticket's pipeline. */
export function closingStage(pipelines: readonly Pipeline[], pipelineId: string): string | undefined {
  return inOrder(pipelines.find((p) => p.id === pipelineId)?.stages ?? []).find((s) => s.state === "CLOSED")?.id;
}

export function inOrder<T extends { displayOrder: number }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => a.displayOrder - b.displayOrder);
}

/** What choosing an owner changes: "user:7", "team:3" (the team takes it, nobody in person), "" is nobody. */
export function ownerChange(choice: string): Properties {
  const [kind, id = ""] = choice.split(":");
  if (kind === "user") return { hubspot_owner_id: id };
  if (kind === "team") return { hubspot_owner_id: "", hubspot_team_id: id };
  return { hubspot_owner_id: "", hubspot_team_id: "" };
}

/** The choice that stands for the present owner. */
export function ownerChoice(owner: string | null | undefined, team: string | null | undefined): string {
  if (owner) return `user:${owner}`;
  return team ? `team:${team}` : "";
}
