import { expect, test } from "vitest";
import { clearingInterval, type Pipeline, type Stage, type StageState } from "./api";
import { addStage, changeStage, checkDraft, draftOf, isChanged, proposeMapping, removalOf, removeStage, ticketsIn, toChange } from "./model";

const stage = (id: string, label: string, state: StageState, ticketCount = 0): Stage => ({ id, label, state, ticketCount, displayOrder: Number(id) });
const support: Pipeline = {
  id: "1", label: "Support", displayOrder: 0, ticketCount: 5,
  stages: [stage("1", "New", "OPEN", 3), stage("2", "Waiting", "OPEN", 2), stage("3", "Closed", "CLOSED")],
  automation: { emailSent: { on: true, stageId: "2" }, customerReplies: { on: true, stageId: "1" } },
};
const draft = draftOf(support);

test("STAT-1 an untouched draft changes nothing, each edit does", () => {
  expect(isChanged(draft, support)).toBe(false);
  expect(isChanged(changeStage(draft, "1", { label: "Fresh" }), support)).toBe(true);
  expect(isChanged({ ...draft, stages: [...draft.stages].reverse() }, support)).toBe(true);
});

test("STAT-1 one open and one closed status must remain", () => {
  expect(checkDraft(removeStage(draft, "3")).whole).toContain("closed");
  const allClosed = ["1", "2"].reduce((d, key) => changeStage(d, key, { state: "CLOSED" }), draft);
  expect(checkDraft(allClosed).whole).toContain("open");
  expect(checkDraft(draft)).toEqual({ labels: {}, whole: undefined });
});

test("names must be given and differ", () => {
  expect(Object.keys(checkDraft(addStage(draft, "n1")).labels)).toEqual(["n1"]);
  expect(checkDraft(changeStage(draft, "2", { label: " new " })).labels["2"]).toContain("Another");
});

test("STAT-3 a removed status sends its tickets on, also those that were to come", () => {
  const first = removeStage(draft, "1", "2");
  expect(ticketsIn(first, first.stages[0] as (typeof first.stages)[0], support)).toBe(5);
  const second = removeStage(first, "2", "3");
  expect(toChange(second)).toEqual({ stages: [{ id: "3", label: "Closed", state: "CLOSED" }], moves: { 1: "3", 2: "3" } });
});

test("a new status that goes again leaves no trace", () => {
  expect(isChanged(removeStage(addStage(draft, "n1"), "n1"), support)).toBe(false);
});

test("PIPE-3 each old status is mapped: same name first, then same state", () => {
  const to = [stage("7", "waiting", "OPEN"), stage("8", "Done", "CLOSED")];
  expect(proposeMapping(support.stages, to)).toEqual({ 1: "7", 2: "7", 3: "8" });
});

test("PIPE-3 an empty pipeline goes without questions, a full one moves or deletes", () => {
  expect(removalOf({ ...support, ticketCount: 0 }, "move", undefined, {})).toEqual({});
  expect(removalOf(support, "delete", support, {})).toEqual({ deleteTickets: true });
  expect(removalOf(support, "move", { ...support, id: "9" }, { 1: "7" })).toEqual({ move: { pipelineId: "9", stages: { 1: "7" } } });
});

test("PIPE-3 the list is read again while tickets are taken away", () => {
  const page = (clearing: Pipeline["clearing"]) => ({ results: [support, { ...support, clearing }] });
  expect(clearingInterval(undefined)).toBe(false);
  expect(clearingInterval(page(undefined))).toBe(false);
  expect(clearingInterval(page({ done: 1, total: 300 }))).toBe(1000);
  expect(clearingInterval(page({ done: 1, total: 300, problem: "No such status." }))).toBe(false);
});
