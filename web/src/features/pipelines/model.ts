import type { Pipeline, PipelineRemoval, Stage, StagesChange, StageState } from "./api";
import { t } from "./messages";

/** A status while it is edited; a new one has no id yet. */
export interface DraftStage {
  key: string;
  id?: string;
  label: string;
  state: StageState;
  ticketCount: number;
}

/** The statuses of a pipeline while they are edited: nothing is changed until it is saved. */
export interface Draft {
  stages: DraftStage[];
  /** Where the tickets of a removed status go. */
  moves: Record<string, string>;
}

export const MAX_LABEL = 100;

export function draftOf(pipeline: Pipeline): Draft {
  const stages = [...pipeline.stages].sort((a, b) => a.displayOrder - b.displayOrder);
  return { stages: stages.map((s) => ({ key: s.id, id: s.id, label: s.label, state: s.state, ticketCount: s.ticketCount })), moves: {} };
}

export function addStage(draft: Draft, key: string): Draft {
  return { ...draft, stages: [...draft.stages, { key, label: "", state: "OPEN", ticketCount: 0 }] };
}

export function changeStage(draft: Draft, key: string, change: Partial<Pick<DraftStage, "label" | "state">>): Draft {
  return { ...draft, stages: draft.stages.map((s) => (s.key === key ? { ...s, ...change } : s)) };
}

/** Takes a status out; tickets that were to move into it go on to where its own go. */
export function removeStage(draft: Draft, key: string, target?: string): Draft {
  const gone = draft.stages.find((s) => s.key === key);
  const stages = draft.stages.filter((s) => s.key !== key);
  if (!gone?.id) return { ...draft, stages };
  const moves = Object.fromEntries(Object.entries(draft.moves).map(([from, to]) => [from, to === gone.id && target ? target : to]));
  return { stages, moves: target ? { ...moves, [gone.id]: target } : moves };
}

/** Tickets that stand in a status, those that will be moved into it included: it can't go without a place for them. */
export function ticketsIn(draft: Draft, stage: DraftStage, pipeline: Pipeline): number {
  const incoming = Object.entries(draft.moves).filter(([, to]) => to === stage.id).map(([from]) => from);
  return pipeline.stages.filter((s) => s.id === stage.id || incoming.includes(s.id)).reduce((sum, s) => sum + s.ticketCount, 0);
}

export interface DraftProblems {
  labels: Record<string, string>;
  whole?: string;
}

export function checkDraft(draft: Draft): DraftProblems {
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  for (const s of draft.stages) {
    const name = s.label.trim().toLowerCase();
    if (!name) labels[s.key] = t("nameEmpty");
    else if (name.length > MAX_LABEL) labels[s.key] = t("nameLong");
    else if (seen.has(name)) labels[s.key] = t("nameExists");
    seen.add(name);
  }
  const has = (state: StageState) => draft.stages.some((s) => s.state === state);
  return { labels, whole: !has("OPEN") ? t("noOpen") : !has("CLOSED") ? t("noClosed") : undefined };
}

export function isChanged(draft: Draft, pipeline: Pipeline): boolean {
  return JSON.stringify(toChange(draft)) !== JSON.stringify(toChange(draftOf(pipeline)));
}

export function toChange(draft: Draft): StagesChange {
  return { stages: draft.stages.map(({ id, label, state }) => ({ ...(id && { id }), label: label.trim(), state })), moves: draft.moves };
}

/** A first proposal where tickets of a pipeline could go: the same name, else the same place, always the same state. */
export function proposeMapping(from: readonly Stage[], to: readonly Stage[]): Record<string, string> {
  const mapping: Record<string, string> = {};
  for (const stage of from) {
    const sameState = to.filter((s) => s.state === stage.state);
    const match = to.find((s) => s.label.toLowerCase() === stage.label.toLowerCase()) ?? sameState[0] ?? to[0];
    if (match) mapping[stage.id] = match.id;
  }
  return mapping;
}

/** What to ask of the server when a pipeline is deleted (PIPE-3). */
export function removalOf(pipeline: Pipeline, way: "move" | "delete", target: Pipeline | undefined, mapping: Record<string, string>): PipelineRemoval {
  if (pipeline.ticketCount === 0) return {};
  if (way === "delete" || !target) return { deleteTickets: true };
  return { move: { pipelineId: target.id, stages: mapping } };
}
