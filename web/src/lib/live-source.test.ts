import { afterEach, expect, test, vi } from "vitest";
import { SharedSource, type Source } from "./live-source";

type Listener = (event: { data?: string }) => void;

/** A connection to the server, driven by hand. */
class Line implements Source {
  closed = false;
  private readonly listeners = new Map<string, Listener>();
  addEventListener(type: string, listener: Listener) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data?: string) {
    this.listeners.get(type)?.({ data });
  }
}

/** The browser's exclusive lock: one holder, the others in a queue. */
class Lock {
  private queue: (() => Promise<void>)[] = [];
  private busy = false;
  request(_name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown> {
    this.queue.push(hold);
    signal.addEventListener("abort", () => (this.queue = this.queue.filter((h) => h !== hold)));
    void this.next();
    return Promise.resolve();
  }
  private async next(): Promise<void> {
    const hold = this.busy ? undefined : this.queue.shift();
    if (!hold) return;
    this.busy = true;
    await hold();
    this.busy = false;
    void this.next();
  }
}

const sources: SharedSource[] = [];
afterEach(() => sources.splice(0).forEach((s) => s.close()));

function tab(locks: Lock, lines: Line[]) {
  const heard: string[] = [];
  const source = new SharedSource(() => {
    lines.push(new Line());
    return lines.at(-1) as Line;
  }, locks);
  sources.push(source);
  for (const type of ["open", "change", "reset", "error"]) source.addEventListener(type, ({ data }) => heard.push(data ? `${type} ${data}` : type));
  return { source, heard };
}

test("VIEW-5 all tabs hear what one connection says", async () => {
  const locks = new Lock();
  const lines: Line[] = [];
  const first = tab(locks, lines);
  lines[0]?.say("open");
  const second = tab(locks, lines);
  await vi.waitFor(() => expect(second.heard).toEqual(["open"]));
  lines[0]?.say("change", "1");
  await vi.waitFor(() => expect(second.heard).toEqual(["open", "change 1"]));
  expect(first.heard).toEqual(["open", "change 1"]);
  expect(lines).toHaveLength(1);
});

test("when the tab with the connection goes, the next takes over and fetches what was missed", async () => {
  const locks = new Lock();
  const lines: Line[] = [];
  const first = tab(locks, lines);
  lines[0]?.say("open");
  const second = tab(locks, lines);
  await vi.waitFor(() => expect(second.heard).toEqual(["open"]));
  first.source.close();
  await vi.waitFor(() => expect(lines).toHaveLength(2));
  expect(lines[0]?.closed).toBe(true);
  lines[1]?.say("open");
  expect(second.heard).toEqual(["open", "open", "reset"]);
  lines[1]?.say("change", "2");
  expect(first.heard).not.toContain("change 2");
});

test("UX-5 a broken connection is told to all tabs", async () => {
  const locks = new Lock();
  const lines: Line[] = [];
  tab(locks, lines);
  const second = tab(locks, lines);
  lines[0]?.say("error");
  await vi.waitFor(() => expect(second.heard).toEqual(["error"]));
});
