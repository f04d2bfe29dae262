import { expect, test } from "vitest";
import { checkHook, choosable, eventOf, healthOf, looksLikeTarget, outcomeOf, readable, wordOf, type Delivery, type Hook } from "./model";

const good = { name: "Sync", url: "https://sync.example/in?a=1", events: ["ticket.creation"] };

test("API-8 a good webhook has nothing to say, each wrong field says its own", () => {
  expect(Object.values(checkHook(good)).filter(Boolean)).toEqual([]);
  const wrong = checkHook({ name: " ", url: "sync.example", events: [] });
  expect(Object.entries(wrong).filter(([, m]) => m).map(([name]) => name)).toEqual(["name", "url", "events"]);
});

test.each([["https://a.example/x?y=1", true], ["http://10.0.0.1:8000/", true], ["https://a.example/#x", false], ["ftp://a.example", false], ["", false]])(
  "address %s: %s",
  (address, want) => expect(looksLikeTarget(address)).toBe(want),
);

test.each(["ticket.creation", "ticket.propertyChange:subject", "object.creation/2-7", "object.propertyChange/2-7:color"])("%s is read and written", (word) => {
  expect(wordOf(eventOf(word))).toBe(word);
});

test("what needs more than a tick is offered only where it is chosen", () => {
  const types = ["contact.creation", "ticket.creation", "ticket.propertyChange", "object.creation"];
  expect(choosable(types, [], "")).toEqual(["contact.creation", "ticket.creation", "ticket.propertyChange"]);
  expect(choosable(types, ["ticket.creation", "object.creation/2-7"], "")).toEqual(["object.creation/2-7", "contact.creation", "ticket.creation", "ticket.propertyChange"]);
  expect(choosable(types, [], " TICKET")).toEqual(["ticket.creation", "ticket.propertyChange"]);
});

const delivery: Delivery = { id: "1", state: "delivered", events: 1, types: "ticket.creation", attempts: 1, createdAt: "", attemptedAt: null, status: 200, error: "", answer: "", tookMillis: 5 };
const hook: Hook = { id: "1", appId: null, name: "Sync", url: "", concurrency: 5, events: [], state: "active", pausedWhy: "", failingSince: null, waiting: 0 };

test("how it does, in a word", () => {
  expect(healthOf(hook).tone).toBeUndefined();
  expect(healthOf({ ...hook, lastDelivery: delivery }).tone).toBe("ok");
  expect(healthOf({ ...hook, failingSince: "2026-11-02T09:00:00Z", lastDelivery: delivery }).tone).toBe("warn");
  expect(healthOf({ ...hook, state: "paused", pausedWhy: "gone" }).tone).toBe("danger");
  expect(outcomeOf(delivery)).toEqual({ label: "200", tone: "ok" });
  expect(outcomeOf({ ...delivery, state: "failed", status: 0 }).tone).toBe("danger");
  expect(outcomeOf({ ...delivery, state: "waiting", status: 503 }).label).toContain("503");
  expect(outcomeOf({ ...delivery, state: "waiting", attempts: 0 }).tone).toBeUndefined();
});

test("what was sent keeps its ids", () => {
  expect(readable('[{"objectId":172912803840011}]')).toContain("172912803840011");
  expect(readable("not JSON")).toBe("not JSON");
});
