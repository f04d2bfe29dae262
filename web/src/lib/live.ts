import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { openSource, type Source } from "./live-source";

/** What the server announces: a thing changed, never its content. */
export interface Change {
  type: string;
  id: string;
  rev: string;
}

export type LiveState = "connecting" | "live" | "lost";

const SILENCE_MS = 60_000; // the server pings each 25 s: two missed pings mean the line is dead
const GATHER_MS = 120;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** Keeps one stream of changes open and fetches again whatever on screen they touch (VIEW-5, UX-5). */
export class Live {
  private state: LiveState = "connecting";
  private source: Source | undefined;
  private failures = 0;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private gather: ReturnType<typeof setTimeout> | undefined;
  private pending = new Map<string, Change>();
  private dropped = false;
  private readonly stateListeners = new Set<() => void>();
  private readonly changeListeners = new Set<(change: Change) => void>();

  constructor(
    private readonly client: QueryClient,
    private readonly open: () => Source = openSource,
  ) {}

  start(): void {
    if (this.source || this.retry) return;
    this.connect();
  }

  stop(): void {
    this.source?.close();
    this.source = undefined;
    [this.watchdog, this.retry, this.gather].forEach((t) => clearTimeout(t));
    this.retry = undefined;
    this.gather = undefined;
    this.pending.clear();
    this.dropped = false;
    this.set("connecting");
  }

  /** Tries at once: the person asked, or the network came back. */
  hurry(): void {
    if (this.state === "live") return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.source?.close();
    this.connect();
  }

  current = (): LiveState => this.state;

  watchState = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => void this.stateListeners.delete(listener);
  };

  /** For what is not a query: sounds, notices. */
  watchChanges(listener: (change: Change) => void): () => void {
    this.changeListeners.add(listener);
    return () => void this.changeListeners.delete(listener);
  }

  private connect(): void {
    const source = this.open();
    this.source = source;
    this.alive();
    source.addEventListener("open", () => this.opened());
    source.addEventListener("ping", () => this.alive());
    source.addEventListener("reset", () => {
      this.alive();
      void this.client.invalidateQueries();
    });
    source.addEventListener("change", (event) => {
      this.alive();
      this.heard(event.data ?? "");
    });
    source.addEventListener("error", () => this.broke(source));
  }

  private opened(): void {
    this.failures = 0;
    this.alive();
    this.set("live");
    // A fresh stream starts now: what happened while there was none has to be asked for.
    if (this.dropped) void this.client.invalidateQueries();
    this.dropped = false;
  }

  private broke(source: Source): void {
    if (source !== this.source) return;
    source.close();
    this.source = undefined;
    clearTimeout(this.watchdog);
    this.dropped = true;
    this.failures += 1;
    if (this.failures > 1) this.set("lost");
    const wait = RETRY_MS[Math.min(this.failures - 1, RETRY_MS.length - 1)];
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.connect();
    }, wait);
  }

  private alive(): void {
    clearTimeout(this.watchdog);
    const source = this.source;
    this.watchdog = setTimeout(() => source && this.broke(source), SILENCE_MS);
  }

  private heard(data: string): void {
    let change: Change;
    try {
      change = JSON.parse(data) as Change;
    } catch {
      return; // a newer server may say things this page doesn't know
    }
    this.pending.set(`${change.type}/${change.id}`, change);
    this.gather ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  private flush(): void {
    this.gather = undefined;
    const changes = [...this.pending.values()];
    this.pending.clear();
    const lists = new Set<string>();
    for (const change of changes) {
      this.changeListeners.forEach((l) => l(change));
      const held = this.client.getQueryData<{ rev?: string }>([change.type, change.id]);
      // Our own change comes back as an announcement; what we hold is already that new.
      if (held?.rev !== change.rev) void this.client.invalidateQueries({ queryKey: [change.type, change.id] });
      lists.add(change.type);
    }
    for (const type of lists) {
      void this.client.invalidateQueries({ queryKey: [type], predicate: (q) => q.queryKey.length === 1 || q.queryKey[1] === "list" });
    }
  }

  private set(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.stateListeners.forEach((l) => l());
  }
}

export function useLiveState(live: Live): LiveState {
  return useSyncExternalStore(live.watchState, live.current, live.current);
}
