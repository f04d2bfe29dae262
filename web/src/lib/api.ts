/** The one road to the server: JSON over fetch, errors as ApiError, a deadline on every request. */

export type { Answers, Bodies, Schemas } from "./api.gen";

export interface FieldError {
  message: string;
  code: string;
  in: string;
}

interface ErrorBody {
  message?: string;
  correlationId?: string;
  category?: string;
  errors?: Partial<FieldError>[];
  context?: Record<string, string[]>;
}

/** A refusal by the server, or status 0 when no answer came (offline, time-out). */
export class ApiError extends Error {
  readonly status: number;
  readonly correlationId: string;
  readonly category: string;
  readonly errors: FieldError[];
  readonly context: Record<string, string[]>;

  constructor(status: number, body: ErrorBody) {
    super(body.message ?? "The server did not say what went wrong.");
    this.name = "ApiError";
    this.status = status;
    this.correlationId = body.correlationId ?? "";
    this.category = body.category ?? "";
    this.context = body.context ?? {};
    this.errors = (body.errors ?? []).map((e) => ({ message: e.message ?? "", code: e.code ?? "", in: e.in ?? "" }));
  }

  /** The code of the first detail, as "PIPELINE_IN_USE". */
  get code(): string {
    return this.errors[0]?.code ?? "";
  }

  /** Messages by the name of the field they belong to. */
  get fields(): Record<string, string> {
    return Object.fromEntries(this.errors.filter((e) => e.in).map((e) => [e.in, e.message]));
  }

  /** No answer came: the network or the server is away, the request may be tried again. */
  get offline(): boolean {
    return this.status === 0;
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  /** The server runs two POSTs with one key once. A retried send must repeat its key. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Lets a small last save outlive the page that sends it. */
  keepalive?: boolean;
}

const TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 10 * 60_000;

type Watcher = (error: ApiError | null) => void;
const watchers = new Set<Watcher>();

/** Hears the result of every request (null: answered). The shell shows lost connections and ended sessions by it. */
export function watchRequests(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export function address(path: string, query?: Query): string {
  const given = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== "");
  const search = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return `/helpdesk/v1${path}${search ? `?${search}` : ""}`;
}

async function request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
  const form = body instanceof FormData;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = options.idempotencyKey ?? newKey();
  const deadline = AbortSignal.timeout(options.timeoutMs ?? (form ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS));
  let response: Response;
  let text: string;
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      body: form ? body : body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      keepalive: options.keepalive,
      signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
    });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw tell(noAnswer(deadline.aborted));
  }
  if (!response.ok) throw tell(refusal(response, text));
  watchers.forEach((w) => w(null));
  return (text ? JSON.parse(text) : undefined) as T;
}

function noAnswer(late: boolean): ApiError {
  return new ApiError(0, {
    category: late ? "TIMEOUT" : "OFFLINE",
    message: late ? "The server took too long to answer." : "The server can't be reached.",
  });
}

function refusal(response: Response, text: string): ApiError {
  let body: ErrorBody;
  try {
    body = JSON.parse(text) as ErrorBody;
  } catch {
    body = { message: `The server answered ${response.status} without an explanation.` };
  }
  // A proxy in front answers these while the server behind it is away.
  const away = response.status === 502 || response.status === 504;
  return away ? noAnswer(false) : new ApiError(response.status, body);
}

function tell(error: ApiError): ApiError {
  watchers.forEach((w) => w(error));
  return error;
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => request<T>("GET", path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: RequestOptions) => request<T>("POST", path, body ?? {}, options),
  put: <T = void>(path: string, body?: unknown, options?: RequestOptions) => request<T>("PUT", path, body, options),
  patch: <T = void>(path: string, body: unknown, options?: RequestOptions) => request<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options?: RequestOptions) => request<T>("DELETE", path, undefined, options),
  upload: <T>(path: string, file: File, options?: RequestOptions) => {
    const form = new FormData();
    form.append("file", file);
    return request<T>("POST", path, form, options);
  },
};

/** One page of a list; `paging.next.after` asks for the following one. */
export interface Page<T> {
  results: T[];
  paging?: { next?: { after: string } };
  total?: number;
}

/** The words to show for anything thrown. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
