import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Live } from "./live";

type Listener = (event: { data?: string }) => void;

/** The browser's side of a stream, driven by hand. */
class Line {
  closed = false;
  private readonly listeners = new Map<string, Listener>();
  addEventListener(type: string, listener: Listener) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data?: unknown) {
    this.listeners.get(type)?.({ data: JSON.stringify(data) });
  }
}

let lines: Line[];
let client: QueryClient;
let live: Live;
const latest = () => lines.at(-1) as Line;
const stale = (key: unknown[]) => client.getQueryState(key)?.isInvalidated;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  client = new QueryClient();
  live = new Live(client, () => {
    lines.push(new Line());
    return latest();
  });
  live.start();
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

test("VIEW-5 a change makes its record and its lists stale, and nothing else", () => {
  const keys = [["ticket", "1"], ["ticket", "2"], ["ticket", "list", { view: "mine" }], ["contact", "1"]];
  keys.forEach((k) => client.setQueryData(k, { rev: "1" }));
  latest().say("open");
  latest().say("change", { type: "ticket", id: "1", rev: "2" });
  vi.advanceTimersByTime(200);
  expect(keys.map(stale)).toEqual([true, false, true, false]);
});

test("the announcement of what we already hold asks nothing again", () => {
  client.setQueryData(["ticket", "1"], { rev: "7" });
  latest().say("change", { type: "ticket", id: "1", rev: "7" });
  vi.advanceTimersByTime(200);
  expect(stale(["ticket", "1"])).toBe(false);
});

test("UX-5 a broken line says so, comes back by itself, and fetches what was missed", () => {
  client.setQueryData(["team", "list"], []);
  latest().say("open");
  expect(live.current()).toBe("live");
  latest().say("error");
  vi.advanceTimersByTime(600);
  latest().say("error");
  expect(live.current()).toBe("lost");
  vi.advanceTimersByTime(2_000);
  expect(lines.length).toBe(3);
  expect(stale(["team", "list"])).toBe(false);
  latest().say("open");
  expect(live.current()).toBe("live");
  expect(stale(["team", "list"])).toBe(true);
});

test("a line without pings is taken for dead", () => {
  latest().say("open");
  vi.advanceTimersByTime(55_000);
  latest().say("ping");
  vi.advanceTimersByTime(55_000);
  expect(lines.length).toBe(1);
  vi.advanceTimersByTime(6_000);
  expect(lines[0]?.closed).toBe(true);
  expect(lines.length).toBe(2);
});

test("reset means everything may be old", () => {
  client.setQueryData(["user", "list"], []);
  latest().say("reset");
  expect(stale(["user", "list"])).toBe(true);
});
