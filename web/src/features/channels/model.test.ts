import { expect, test } from "vitest";
import type { Channel, Setting } from "./api";
import { checkChannel, formOf, healthOf, shownSettings, toInput } from "./model";

const setting = (name: string, more: Partial<Setting> = {}): Setting => ({ name, label: name, help: "", type: "text", required: false, default: "", choices: [], when: "", ...more });
const settings = [
  setting("receive", { type: "choice", default: "builtin" }),
  setting("host", { when: "receive=imap", required: true }),
  setting("port", { when: "receive=imap", type: "number" }),
  setting("password", { when: "receive=imap", type: "secret", required: true }),
  setting("after", { when: "receive=imap", default: "leave" }),
  setting("move_to", { when: "after=move", required: true }),
];
const channel: Channel = {
  id: "1", kind: "email", name: "Support", address: "s@example.com", active: true, settings: { receive: "imap", host: "mail.example.com" }, secretsSet: ["password"],
  pipelineId: "1", stageId: "2", builtin: false, health: { state: "ok", lastSuccessAt: null, lastError: null, failingSince: null },
};
const names = (values: Record<string, string>) => shownSettings(settings, values).map((s) => s.name);

test("a setting shows while its condition holds, and its condition's own", () => {
  expect(names({ receive: "builtin", after: "move" })).toEqual(["receive"]);
  expect(names({ receive: "imap", after: "leave" })).toEqual(["receive", "host", "port", "password", "after"]);
  expect(names({ receive: "imap", after: "move" })).toContain("move_to");
});

test("a secret that is set may stay empty, a new one may not", () => {
  const values = formOf(settings, channel);
  expect(checkChannel(values, settings, ["password"]).password).toBeUndefined();
  expect(checkChannel(values, settings, []).password).toBeTruthy();
});

test("hidden settings don't complain", () => {
  const values = { ...formOf(settings), name: "A", address: "a@example.com" };
  expect(Object.values(checkChannel(values, settings, [])).filter(Boolean)).toEqual([]);
  expect(checkChannel({ ...values, receive: "imap", port: "ten" }, settings, [])).toMatchObject({ host: "This is needed.", port: "Write a number." });
});

test("an empty secret is not sent, so the old one is kept", () => {
  const values = formOf(settings, channel);
  expect(toInput("email", values, settings).settings).toEqual({ receive: "imap", host: "mail.example.com", port: "", after: "leave" });
  expect(toInput("email", { ...values, password: " x " }, settings).settings.password).toBe(" x ");
});

test("CHAN-4 health in plain words", () => {
  expect(healthOf(channel).tone).toBe("ok");
  expect(healthOf({ ...channel, active: false }).label).toBe("Paused");
  expect(healthOf({ ...channel, health: { ...channel.health, state: "failing" } }).tone).toBe("danger");
});

test("what an app connected has any address", () => {
  const values = formOf([], { ...channel, kind: "custom", address: "Shop-7" });
  expect(checkChannel(values, [], []).address).toBeTruthy();
  expect(checkChannel(values, [], [], true).address).toBeUndefined();
});
