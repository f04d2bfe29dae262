import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DraftSaver, localCopy, PAUSE_MS, type DraftState } from "./draft";

let saved: { text: string; leaving: boolean }[];
let removed: number;
let states: DraftState[];
let answer: () => Promise<unknown>;
let kept: string | undefined;

function make(stored = false) {
  return new DraftSaver<string>({
    save: (text, leaving) => {
      saved.push({ text, leaving });
      return answer();
    },
    remove: () => {
      removed += 1;
      return Promise.resolve();
    },
    isEmpty: (text) => text === "",
    local: { write: (text) => (kept = text), clear: () => (kept = undefined) },
    changed: (state) => states.push(state),
  }, stored);
}

beforeEach(() => {
  vi.useFakeTimers();
  saved = [];
  removed = 0;
  states = [];
  kept = undefined;
  answer = () => Promise.resolve();
});
afterEach(() => void vi.useRealTimers());

const pause = (ms = PAUSE_MS) => vi.advanceTimersByTimeAsync(ms);

test("REPLY-4 a draft is saved at a pause, not at every key", async () => {
  const saver = make();
  for (const text of ["H", "He", "Hello"]) saver.change(text);
  await pause(PAUSE_MS - 1);
  expect(saved).toEqual([]);
  await pause(1);
  expect(saved).toEqual([{ text: "Hello", leaving: false }]);
  expect(states).toEqual(["dirty", "saving", "saved"]);
  expect(kept).toBeUndefined();
});

test("one save at a time, the newest text last", async () => {
  let release = () => undefined as void;
  answer = () => new Promise<void>((r) => (release = r));
  const saver = make();
  saver.change("one");
  await pause();
  saver.change("two");
  await pause();
  expect(saved.map((s) => s.text)).toEqual(["one"]);
  answer = () => Promise.resolve();
  release();
  await pause();
  expect(saved.map((s) => s.text)).toEqual(["one", "two"]);
  expect(states.at(-1)).toBe("saved");
});

test("REPLY-4 a page that goes away saves at once, even while another save runs", async () => {
  const saver = make();
  saver.change("going");
  await saver.flush(true);
  expect(saved).toEqual([{ text: "going", leaving: true }]);
});

test("REPLY-5 a failed save keeps the text here and tries again until it is there", async () => {
  answer = () => Promise.reject(new Error("away"));
  const saver = make();
  saver.change("precious");
  await pause();
  expect(states.at(-1)).toBe("failed");
  expect(kept).toBe("precious");
  await pause(2_000);
  answer = () => Promise.resolve();
  await pause(5_000);
  expect(saved.map((s) => s.text)).toEqual(["precious", "precious", "precious"]);
  expect(states.at(-1)).toBe("saved");
  expect(kept).toBeUndefined();
});

test("what is typed after a failure is what is tried again", async () => {
  answer = () => Promise.reject(new Error("away"));
  const saver = make();
  saver.change("old");
  await pause();
  saver.change("new");
  answer = () => Promise.resolve();
  await pause();
  expect(saved.at(-1)?.text).toBe("new");
});

test("an emptied draft is removed where it was stored, and never made otherwise", async () => {
  const fresh = make();
  fresh.change("");
  await pause();
  expect([saved, removed]).toEqual([[], 0]);
  const stored = make(true);
  stored.change("");
  await pause();
  expect([saved, removed]).toEqual([[], 1]);
});

test("what was sent is not saved again, and its draft goes", async () => {
  const saver = make(true);
  saver.change("sent");
  await saver.discard(true);
  await pause(60_000);
  expect([saved, removed, kept]).toEqual([[], 1, undefined]);
  expect(states.at(-1)).toBe("clean");
});

test("a copy on this device survives, and a full or broken storage is no obstacle", () => {
  const map = new Map<string, string>();
  const storage = { getItem: (k: string) => map.get(k) ?? null, setItem: (k: string, v: string) => void map.set(k, v), removeItem: (k: string) => void map.delete(k) };
  const copy = localCopy<{ html: string }>("7.reply", storage);
  expect(copy.read()).toBeUndefined();
  copy.write({ html: "x" });
  expect(localCopy("7.reply", storage).read()).toEqual({ html: "x" });
  expect(localCopy("8.reply", storage).read()).toBeUndefined();
  map.set("deskbell.draft.7.reply", "{broken");
  expect(copy.read()).toBeUndefined();
  copy.clear();
  expect(map.size).toBe(0);
  const full = localCopy("9", { ...storage, setItem: () => { throw new Error("full"); } });
  expect(() => full.write({})).not.toThrow();
});
