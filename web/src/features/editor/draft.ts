/**
 * A draft on its way to the server. It is saved at every pause, one save at a time, the newest text last; a failed save
 * is tried again and the text stays here and on this device meanwhile (REPLY-4).
 */

export type DraftState = "clean" | "dirty" | "saving" | "saved" | "failed";

/** A copy on this device, for a page that dies before the server has the text. */
export interface LocalCopy<D> {
  write: (draft: D) => void;
  clear: () => void;
}

interface Options<D> {
  save: (draft: D, leaving: boolean) => Promise<unknown>;
  remove: () => Promise<unknown>;
  isEmpty: (draft: D) => boolean;
  local: LocalCopy<D>;
  changed: (state: DraftState) => void;
}

export const PAUSE_MS = 800;
const RETRY_MS = [2_000, 5_000, 15_000, 30_000];

export class DraftSaver<D> {
  private state: DraftState = "clean";
  private waiting: D | undefined;
  private running: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private stored: boolean;
  private closed = false;

  constructor(
    private readonly options: Options<D>,
    /** Whether the server holds a draft already: an emptied one must then be removed there. */
    stored: boolean,
  ) {
    this.stored = stored;
  }

  change(draft: D): void {
    if (this.closed) return;
    this.waiting = draft;
    this.options.local.write(draft);
    this.set("dirty");
    this.wait(PAUSE_MS);
  }

  /** Saves what waits now; `leaving` when the page goes away and the request must outlive it. */
  flush(leaving = false): Promise<void> {
    clearTimeout(this.timer);
    if (this.waiting === undefined || this.closed) return this.running ?? Promise.resolve();
    if (this.running && !leaving) return this.running.then(() => this.flush());
    const draft = this.waiting;
    this.waiting = undefined;
    this.running = this.send(draft, leaving);
    return this.running;
  }

  /** The text was sent or thrown away: nothing of it may be saved any more. */
  async discard(onServer: boolean): Promise<void> {
    clearTimeout(this.timer);
    this.waiting = undefined;
    this.closed = true;
    await this.running;
    this.options.local.clear();
    const had = this.stored;
    this.stored = false;
    this.closed = false;
    this.set("clean");
    if (onServer && had) await this.options.remove();
  }

  /** Stops the clocks; what waits is sent first. */
  stop(): void {
    void this.flush(true);
    clearTimeout(this.timer);
  }

  private async send(draft: D, leaving: boolean): Promise<void> {
    this.set("saving");
    try {
      if (this.options.isEmpty(draft)) {
        if (this.stored) await this.options.remove();
        this.stored = false;
      } else {
        await this.options.save(draft, leaving);
        this.stored = true;
      }
      this.succeeded();
    } catch {
      this.failed(draft);
    } finally {
      this.running = undefined;
    }
  }

  private succeeded(): void {
    this.failures = 0;
    if (this.waiting !== undefined) return;
    this.options.local.clear();
    this.set("saved");
  }

  private failed(draft: D): void {
    if (this.closed) return;
    this.waiting ??= draft; // something newer may wait already
    this.set("failed");
    this.wait(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? PAUSE_MS);
    this.failures += 1;
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private set(state: DraftState): void {
    if (state === this.state) return;
    this.state = state;
    this.options.changed(state);
  }
}

/** The copy on this device, under a name per ticket and tab. Storage that is full or off loses only this second net. */
export function localCopy<D>(name: string, storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined): LocalCopy<D> & { read: () => D | undefined } {
  const key = `deskbell.draft.${name}`;
  return {
    write: (draft) => {
      try {
        storage?.setItem(key, JSON.stringify(draft));
      } catch {
        // The server's copy is the first net.
      }
    },
    clear: () => {
      try {
        storage?.removeItem(key);
      } catch {
        // Nothing to clear where nothing can be kept.
      }
    },
    read: () => {
      try {
        const text = storage?.getItem(key);
        return text ? (JSON.parse(text) as D) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
