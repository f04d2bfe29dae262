import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { choose, conversation, goTo, mark, picker, replyBox, row, sameDocument } from "./acts";
import { launch } from "./browser";
import { startDesk, startServer, type Desk, type RealServer } from "./desk";
import { send, startCatcher, type Catcher } from "./mail";

const OWNER = { name: "Ada Lovelace", email: "ada@acme.example", password: "a long enough sentence" };
const CUSTOMER = { name: "Grace Hopper", address: "grace@customer.example" };
/** VIEW-5 says a second; that is from the mail's acknowledgement to the row on screen. */
const LIVE_MS = 1_000;

let browser: Browser;
let catcher: Catcher;
beforeAll(async () => {
  [browser, catcher] = await Promise.all([launch(), startCatcher()]);
});
afterAll(async () => {
  await browser.close();
  await catcher.stop();
});

/** The first run: the account, the built-in address, and then the tickets (UX-6). */
async function setUp(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("heading", { name: "Your company and you" }).waitFor();
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await page.getByLabel("Company name").fill("Acme");
  expect(await page.getByLabel("Domain").inputValue()).toBe("acme.example"); // suggested by the address
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "How mail gets here" }).waitFor();
  await page.getByRole("link", { name: /^Use the built-in address/ }).click();
  await page.getByText("support@acme.example").waitFor();
  await page.getByRole("link", { name: "Skip, open the tickets" }).click();
  await page.getByRole("heading", { level: 1, name: "Unassigned" }).waitFor();
}

async function openChannels(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Channels" }).click();
  await page.getByRole("heading", { level: 1, name: "Channels" }).waitFor();
}

async function fillSMTP(page: Page): Promise<void> {
  await choose(page, "Send by", "SMTP server");
  await page.getByLabel(/^SMTP server/).fill("127.0.0.1");
  await page.getByLabel(/^SMTP port/).fill(String(catcher.port));
  await choose(page, "SMTP security", "None (not protected)");
}

/** Sending is connected for the built-in address. Returns the address. */
async function connectSending(page: Page): Promise<string> {
  await openChannels(page);
  await page.getByRole("listitem").filter({ hasText: "Built in" }).getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Connection" }).waitFor();
  await fillSMTP(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Test the connection" }).click();
  await page.getByText("It works").waitFor();
  return "support@acme.example";
}

/** A mailbox is connected beside it. */
async function connectMailbox(page: Page, imap: RealServer): Promise<string> {
  const address = imap.user ?? "";
  const [host = "", port = ""] = (imap.imap ?? "").split(":");
  await openChannels(page);
  await page.getByRole("link", { name: "Connect a channel" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Connect a channel" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Acme mailbox");
  await page.getByLabel("Address", { exact: true }).fill(address);
  await choose(page, "Receive by", "IMAP mailbox");
  await page.getByLabel(/^IMAP server/).fill(host);
  await page.getByLabel(/^IMAP port/).fill(port);
  await choose(page, "IMAP security", "None (not protected)");
  await page.getByLabel(/^IMAP password/).fill(imap.password ?? "");
  await fillSMTP(page);
  await page.getByRole("button", { name: "Connect a channel" }).click();
  await page.getByRole("heading", { level: 1, name: "Acme mailbox" }).waitFor();
  return address;
}

interface Road {
  desk: Desk;
  page: Page;
  support: string;
  /** Hands a mail of the customer to the outside world. */
  mail: (mail: { subject: string; text: string; inReplyTo?: string; references?: string[] }) => Promise<string>;
}

/** A mail comes, is answered, and the answer is answered. */
async function answered({ page, support, mail }: Road): Promise<void> {
  await goTo(page, "Unassigned");
  await page.getByText("Nothing waits for an owner").waitFor();
  await mark(page);

  const first = await mail({ subject: "The compiler is stuck", text: "There is a moth in the relay." });
  const acknowledged = performance.now();
  await row(page, "The compiler is stuck").waitFor({ timeout: LIVE_MS });
  expect(performance.now() - acknowledged).toBeLessThan(LIVE_MS);
  await page.getByRole("link", { name: /^Unassigned/ }).getByLabel("1 ticket").waitFor();
  expect(await sameDocument(page), "it came live").toBe(true);

  await row(page, "The compiler is stuck").getByRole("link").click();
  await conversation(page).getByText("There is a moth in the relay.").waitFor();
  await page.keyboard.press("r");
  await replyBox(page).pressSequentially("Please take it out, and tape it into the book.");
  await page.keyboard.press("Control+Enter");
  const { mail: answer, recipients } = await catcher.next((m) => m.subject === "Re: The compiler is stuck");
  expect(recipients).toEqual([CUSTOMER.address]);
  expect(answer.from?.address).toBe(support);
  expect(answer.to?.map((to) => to.address)).toEqual([CUSTOMER.address]);
  expect(answer.inReplyTo).toBe(first);
  expect(answer.references?.split(/\s+/)).toContain(first);
  expect(answer.messageId).toMatch(/^<[^<>@\s]+@[^<>@\s]+>$/);
  expect(answer.messageId).not.toBe(first);
  expect(answer.text).toContain("tape it into the book");
  expect(answer.html).toContain("tape it into the book");

  await picker(page, "Owner", `${OWNER.name} (you)`).waitFor(); // ROUTE-2
  await picker(page, "Status", "Waiting on contact").waitFor(); // AUTO-2
  await mail({ subject: "Re: The compiler is stuck", text: "It works again, thank you.", inReplyTo: answer.messageId, references: [first, answer.messageId ?? ""] });
  await conversation(page).getByText("It works again, thank you.").waitFor();
  await picker(page, "Status", "Waiting on us").waitFor(); // AUTO-3
  expect(await conversation(page).getByRole("article").count(), "all on one ticket").toBe(3); // MAIL-3
  expect(await sameDocument(page), "it all came live").toBe(true);
  await goTo(page, "All open");
  await row(page, "The compiler is stuck").waitFor();
  expect(await page.getByRole("row").count(), "the head and one ticket").toBe(2);
}

async function begin(desk: Desk): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ baseURL: desk.url, viewport: { width: 1280, height: 800 }, timezoneId: "Europe/Warsaw" });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await setUp(page);
  return { page, problems };
}

const message = (to: string, mail: Parameters<Road["mail"]>[0]) => ({ from: CUSTOMER, to, ...mail });

/** Runs the story with a server of one's own; without its program the test is skipped, and says so. */
async function withServer(name: "dovecot" | "postgres", context: TestContext, story: (server: RealServer) => Promise<void>): Promise<void> {
  const server = await startServer(name);
  try {
    if (server.absent) context.skip(server.absent);
    await story(server);
  } finally {
    await server.stop();
  }
}

async function withDesk(story: (desk: Desk) => Promise<void>, database?: string): Promise<void> {
  const desk = await startDesk(database);
  try {
    await story(desk);
  } catch (error) {
    throw new Error(`${String(error)}\n--- the server's last words:\n${desk.log().split("\n").slice(-25).join("\n")}`, { cause: error });
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await desk.stop();
  }
}

/** The story by the built-in listener. */
async function byListener(desk: Desk): Promise<void> {
  const { page, problems } = await begin(desk);
  const support = await connectSending(page);
  await answered({ desk, page, support, mail: (mail) => send(desk.smtp, message(support, mail)) });
  expect(problems).toEqual([]);
}

describe("VIEW-5 MAIL-3 ROUTE-2 AUTO-2 AUTO-3 from an empty folder to an answered customer", () => {
  test("by the built-in address", () => withDesk(byListener));

  test("by a mailbox of a real IMAP server", (context) =>
    withServer("dovecot", context, (imap) =>
      withDesk(async (desk) => {
        const { page, problems } = await begin(desk);
        const support = await connectMailbox(page, imap);
        const lmtp = Number(imap.lmtp?.split(":")[1]);
        await page.getByText("Works", { exact: true }).waitFor(); // from now on it hears of new mail
        await answered({ desk, page, support, mail: (mail) => send(lmtp, message(support, mail), true) });
        expect(problems).toEqual([]);
      })));

  test("on PostgreSQL", (context) => withServer("postgres", context, (server) => withDesk(byListener, server.url)));
});
