import { readFileSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";

export const BASE = process.env.DESKBELL_URL ?? "http://127.0.0.1:8080";

/** Who signs in: the administrator of the demo, or of a fresh Deskbell that the tests set up. */
export const ADMIN = {
  email: process.env.DESKBELL_EMAIL ?? "admin@desk.localhost",
  password: process.env.DESKBELL_PASSWORD ?? "deskbell-demo",
};
const FRESH = { ...ADMIN, name: "Ada Lovelace", company: "Acme Support", domain: "desk.localhost", timeZone: "Europe/Warsaw" };

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** A colleague of the demo. */
export const MIA = { email: "mia@desk.localhost", password: ADMIN.password };

type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;
const sessions = new Map<string, Session>();

/** Signs in once for a file of tests: the server slows down who tries too often. */
async function signIn(browser: Browser, who: typeof ADMIN): Promise<Session> {
  const context = await browser.newContext({ baseURL: BASE });
  const { needed } = (await (await context.request.get("/helpdesk/v1/setup")).json()) as { needed: boolean };
  const answer = needed ? await context.request.post("/helpdesk/v1/setup", { data: FRESH }) : await context.request.post("/helpdesk/v1/session", { data: { email: who.email, password: who.password } });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** A fresh page that is signed in, after the set-up where it is needed. `problems` collects what the console says. */
export async function signedIn(browser: Browser, options: BrowserContextOptions = {}, who = ADMIN): Promise<{ page: Page; problems: string[] }> {
  const state = sessions.get(who.email) ?? (await signIn(browser, who));
  sessions.set(who.email, state);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: BASE, storageState: state, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  return { page, problems };
}

/** What axe finds serious or critical, by all of its rules or by these, as "rule: element". The policy of the page forbids a script tag, so it is evaluated. */
export async function seriousProblems(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Runtime.evaluate", { expression: axe });
    await devtools.detach();
  }
  const found = await page.evaluate(async (only) => {
    const run = (window as unknown as { axe: { run: (root: Document, options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run;
    return (await run(document, { iframes: false, resultTypes: ["violations"], ...(only && { runOnly: only }) })).violations;
  }, rules);
  return found.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0]?.html.slice(0, 160) ?? ""}`);
}
