import { expect, test } from "vitest";
import { closingStage, ownerChange, ownerChoice, rowWith, takeBack, withProperties } from "./patch";
import type { Pipeline, Row, Ticket } from "./types";

const pipelines: Pipeline[] = [
  {
    id: "1", label: "Support", displayOrder: 0,
    stages: [
      { id: "13", label: "Done", displayOrder: 2, state: "CLOSED", ticketCount: 0 },
      { id: "11", label: "New", displayOrder: 0, state: "OPEN", ticketCount: 0 },
      { id: "14", label: "Rejected", displayOrder: 3, state: "CLOSED", ticketCount: 0 },
    ],
  },
];
const ticket = (properties: Record<string, string>): Ticket => ({
  id: "7", rev: "1", properties, contacts: [], companies: [], threads: [], replyChannels: [], unread: false, following: false, snoozedUntil: null, closed: false, can: { edit: true, delete: true, reply: true },
});
const row = { id: "7", subject: "a", pipelineId: "1", stageId: "11", priority: "", category: "", ownerId: null, teamId: "3", closed: false } as Row;

test("UX-5 a status is on screen at once, and with it whether the ticket is closed", () => {
  const next = withProperties(ticket({ hs_pipeline_stage: "11" }), { hs_pipeline_stage: "13" }, pipelines);
  expect(next.closed).toBe(true);
  expect(withProperties(next, { hs_ticket_priority: "HIGH" }, pipelines).closed).toBe(true);
});

test("UX-5 a refused change is taken back, a later one of one's own stays", () => {
  const before = ticket({ hs_ticket_priority: "LOW", hubspot_owner_id: "" });
  const refused = { hs_ticket_priority: "HIGH" };
  const now = withProperties(withProperties(before, refused), { hubspot_owner_id: "5" });
  expect(takeBack(now, before, refused).properties).toEqual({ hs_ticket_priority: "LOW", hubspot_owner_id: "5" });
  const again = withProperties(now, { hs_ticket_priority: "URGENT" });
  expect(takeBack(again, before, refused).properties.hs_ticket_priority).toBe("URGENT");
});

test("a row of a list follows the same change", () => {
  const next = rowWith(row, { hs_pipeline_stage: "13", hubspot_owner_id: "5", hubspot_team_id: "", hs_ticket_priority: "LOW", custom: "x" }, pipelines);
  expect(next).toMatchObject({ stageId: "13", closed: true, ownerId: "5", teamId: null, priority: "LOW" });
  expect("custom" in next).toBe(false);
});

test("closing takes the first closed status of the ticket's own pipeline", () => {
  expect(closingStage(pipelines, "1")).toBe("13");
  expect(closingStage(pipelines, "2")).toBeUndefined();
});

test.each([
  ["user:5", { hubspot_owner_id: "5" }],
  ["team:3", { hubspot_owner_id: "", hubspot_team_id: "3" }],
  ["", { hubspot_owner_id: "", hubspot_team_id: "" }],
])("choosing the owner %j changes %j", (choice, want) => {
  expect(ownerChange(choice)).toEqual(want);
});

test("the owner in person is shown before the team", () => {
  expect([ownerChoice("5", "3"), ownerChoice("", "3"), ownerChoice(null, null)]).toEqual(["user:5", "team:3", ""]);
});
