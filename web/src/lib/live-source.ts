/** A stream of named events, as EventSource is. */
export interface Source {
  addEventListener(type: string, listener: (event: { data?: string }) => void): void;
  close(): void;
}

interface Locks {
  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

const NAME = "deskbell-live";
const TYPES = ["open", "ping", "change", "reset", "error"];

/**
 * One stream for all tabs of a browser. Over HTTP/1.1 a browser opens six connections to a server and no more: with a
 * stream per tab the seventh tab would wait for ever. The tab that holds the lock has the connection and tells the
 * others; when it goes, the next one takes over and says reset, for something may have been missed between.
 */
export class SharedSource implements Source {
  private readonly listeners = new Map<string, ((event: { data?: string }) => void)[]>();
  private readonly channel = new BroadcastChannel(NAME);
  private readonly waiting = new AbortController();
  private line: Source | undefined;
  private release: (() => void) | undefined;
  private opened = false;
  private closed = false;

  constructor(
    private readonly connect: () => Source,
    locks: Locks,
  ) {
    this.channel.onmessage = (event: MessageEvent<{ type: string; data?: string }>) => this.hear(event.data);
    this.channel.postMessage({ type: "who" });
    // Aborted when this tab stops before its turn came: that is no failure.
    locks.request(NAME, { signal: this.waiting.signal }, () => this.lead()).catch(() => undefined);
  }

  addEventListener(type: string, listener: (event: { data?: string }) => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  close(): void {
    this.closed = true;
    this.line?.close();
    this.waiting.abort();
    this.channel.close();
    this.release?.();
  }

  private lead(): Promise<void> {
    if (this.closed) return Promise.resolve();
    const late = this.opened; // it followed another tab until now
    this.opened = false;
    const line = this.connect();
    this.line = line;
    for (const type of TYPES) {
      line.addEventListener(type, ({ data }) => {
        this.tell(type, data);
        if (type === "open" && late) this.tell("reset");
      });
    }
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }

  private tell(type: string, data?: string): void {
    if (this.closed) return;
    this.channel.postMessage({ type, data });
    this.dispatch(type, data);
  }

  private hear({ type, data }: { type: string; data?: string }): void {
    if (this.closed) return;
    if (type !== "who") this.dispatch(type, data);
    else if (this.line && this.opened) this.channel.postMessage({ type: "open" });
  }

  private dispatch(type: string, data?: string): void {
    if (type === "open") this.opened = true;
    this.listeners.get(type)?.forEach((listener) => listener({ data }));
  }
}

/** Shared where the browser can (a secure page, or this computer), a stream of its own elsewhere. */
export function openSource(): Source {
  const connect = () => new EventSource("/helpdesk/v1/live") as unknown as Source;
  const able = typeof BroadcastChannel !== "undefined" && typeof navigator.locks !== "undefined";
  return able ? new SharedSource(connect, navigator.locks as unknown as Locks) : connect();
}
