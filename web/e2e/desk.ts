import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = resolve(process.env.DESKBELL_BINARY ?? new URL("../../bin/deskbell", import.meta.url).pathname);
const SERVERS = process.env.DESKBELL_SERVERS ?? new URL("../../bin/serverstest", import.meta.url).pathname;
const READY_MS = 30_000;

export interface Desk {
  url: string;
  /** Port of the built-in mail listener. */
  smtp: number;
  /** What it wrote. */
  log: () => string;
  stop: () => Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once("error", failed).listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (!address || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts the program on an empty folder, and on an empty database if one is named. */
export async function startDesk(database?: string): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), "deskbell-e2e-"));
  const [web, smtp] = [await freePort(), await freePort()];
  const words: string[] = [];
  const args = ["serve", "--data", join(folder, "data"), "--listen", `127.0.0.1:${web}`, "--smtp", `127.0.0.1:${smtp}`];
  const child = spawn(BINARY, [...args, ...(database ? ["--database", database] : [])], { stdio: ["ignore", "pipe", "pipe"] });
  const ready = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        words.push(line);
        if (/\bmsg=ready\b/.test(line)) done();
      });
    }
  });
  const log = () => words.join("\n");
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await bounded(Promise.race([ready, ended(child)]), READY_MS, "deskbell did not get ready");
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${log()}`, { cause: error });
  }
  return { url: `http://127.0.0.1:${web}`, smtp, log, stop };
}

export interface RealServer {
  /** Why there is none: its program is not on this machine. */
  absent?: string;
  url?: string;
  imap?: string;
  lmtp?: string;
  user?: string;
  password?: string;
  stop: () => Promise<void>;
}

/** Dovecot or PostgreSQL, started by serverstest; it ends when its input is closed. */
export async function startServer(name: "dovecot" | "postgres"): Promise<RealServer> {
  const child = spawn(SERVERS, [name], { stdio: ["pipe", "pipe", "inherit"] });
  const line = new Promise<string>((done) => createInterface({ input: child.stdout }).once("line", done));
  const stop = async () => {
    child.stdin.end();
    await bounded(gone(child), 15_000, `${name} did not end`);
  };
  const told = await bounded(Promise.race([line, ended(child)]), READY_MS, `${name} did not start`);
  return { ...(JSON.parse(told) as Omit<RealServer, "stop">), stop };
}

const gone = (child: ChildProcess) => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise<void>((done) => child.once("exit", () => done())));

/** Ends too early. */
const ended = (child: ChildProcess) =>
  new Promise<never>((_done, failed) => {
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`ended with ${code}`)));
  });

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  try {
    await bounded(gone(child), 15_000, "deskbell did not stop");
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

export async function bounded<T>(work: Promise<T>, ms: number, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_done, failed) => {
    timer = setTimeout(() => failed(new Error(`${complaint} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
