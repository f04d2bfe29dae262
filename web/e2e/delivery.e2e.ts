import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversation, replyBox, row } from "./acts";
import { launch } from "./browser";
import { startDesk, type Desk } from "./desk";
import { send, startCatcher, type Catcher } from "./mail";

/** What goes wrong with mail, on a desk of its own that sends through a server of ours. */

const ACCOUNT = { company: "Acme", domain: "acme.example", name: "Ada Lovelace", email: "ada@acme.example", password: "a long enough sentence", timeZone: "Europe/Warsaw" };
const SUPPORT = "support@acme.example";

let browser: Browser;
let catcher: Catcher;
let desk: Desk;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [browser, catcher, desk] = await Promise.all([launch(), startCatcher(), startDesk()]);
  context = await browser.newContext({ baseURL: desk.url, viewport: { width: 1280, height: 800 } });
  const call = async (method: "post" | "patch", path: string, data: object) => {
    const answer = await context.request[method](`/helpdesk/v1${path}`, { data });
    if (!answer.ok()) throw new Error(`${path}: ${await answer.text()}`);
  };
  await call("post", "/setup", ACCOUNT);
  const { results } = (await (await context.request.get("/helpdesk/v1/channels")).json()) as { results: { id: string; settings: object }[] };
  const [builtin] = results;
  await call("patch", `/channels/${builtin?.id ?? ""}`, { settings: { ...builtin?.settings, send: "smtp", smtp_host: "127.0.0.1", smtp_port: String(catcher.port), smtp_security: "none" } });
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([catcher.stop(), desk.stop()]);
});

test("MAIL-7 a refused answer says why beside itself, is told by the bell, and leaves when it is tried again", async () => {
  await send(desk.smtp, { from: "Joan Clarke <joan@customer.example>", to: SUPPORT, subject: "Hut 8 is cold", text: "The heater is out." });
  await page.goto("/views/unassigned");
  await row(page, "Hut 8 is cold").getByRole("link").click();
  catcher.refuse("5.7.1 we take no mail today");
  await page.getByRole("button", { name: /^Reply to Joan/ }).click();
  await replyBox(page).pressSequentially("A new one is on its way.");
  await page.keyboard.press("Control+Enter");
  const failed = conversation(page).getByRole("alert").filter({ hasText: "Not sent" });
  await failed.getByText(/we take no mail today/).waitFor();
  await page.getByRole("button", { name: /unread notification/ }).first().waitFor();
  catcher.refuse(null);
  await failed.getByRole("button", { name: "Retry" }).click();
  const { mail, recipients } = await catcher.next((m) => m.subject === "Re: Hut 8 is cold");
  expect(recipients).toEqual(["joan@customer.example"]);
  expect(mail.text).toContain("A new one is on its way.");
  await failed.waitFor({ state: "hidden" });
});

test("CHAN-2 a mail that cannot be read waits whole under Needs attention, and is tried again", async () => {
  const depth = 80;
  const opening = Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`).join("");
  const raw = `From: deep@customer.example\r\nTo: ${SUPPORT}\r\nSubject: Box in a box\r\nMessage-ID: <deep@customer.example>\r\nMIME-Version: 1.0\r\n${opening}Content-Type: text/plain\r\n\r\nHello\r\n`;
  await page.goto("/settings/attention");
  await page.getByText("All is well").waitFor();
  await send(desk.smtp, { envelope: { from: "deep@customer.example", to: SUPPORT }, raw });
  const item = page.getByRole("listitem").filter({ hasText: "Box in a box" });
  await item.getByText(/deep@customer.example/).waitFor(); // without reloading
  await item.getByText(/tried once/).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), item.getByRole("link", { name: "Download" }).click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain(raw);
  await item.getByRole("button", { name: "Try again" }).click();
  await item.getByText(/tried 2 times/).waitFor();
});
