import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversation, picker, row } from "./acts";
import { launch } from "./browser";
import { startDesk, type Desk } from "./desk";
import { send } from "./mail";

/** The main job without a mouse: every page method here that moves a pointer would be a lie. */

const OWNER = { name: "Ada Lovelace", email: "ada@acme.example", password: "a long enough sentence" };

let browser: Browser;
let desk: Desk;
beforeAll(async () => {
  [browser, desk] = await Promise.all([launch(), startDesk()]);
});
afterAll(async () => {
  await browser.close();
  await desk.stop();
});

const MOST_TABS = 60;

/** Tab until it has the focus: whoever has no mouse must get there too. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < MOST_TABS; i += 1) {
    if (await target.evaluateAll((all) => all.some((el) => el === document.activeElement))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way to ${String(target)} by ${MOST_TABS} tabs`);
}

const mail = (subject: string, text: string) => send(desk.smtp, { from: "Grace Hopper <grace@customer.example>", to: "support@acme.example", subject, text });

test("UX-3 UX-1 set-up, a mail, an answer, fields, a comment and the end of a ticket, with the keyboard alone", async () => {
  const context = await browser.newContext({ baseURL: desk.url, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  const keys = page.keyboard;

  await page.goto("/");
  await page.getByRole("heading", { name: "Your company and you" }).waitFor();
  await tabTo(page, page.getByLabel("Your name"));
  for (const text of [OWNER.name, OWNER.email, OWNER.password]) {
    await keys.type(text);
    await keys.press("Tab");
  }
  await tabTo(page, page.getByLabel("Company name"));
  await keys.type("Acme");
  await keys.press("Enter");
  await page.getByRole("heading", { name: "How mail gets here" }).waitFor();
  await tabTo(page, page.getByRole("link", { name: /^Use the built-in address/ }));
  await keys.press("Enter");
  await page.getByText("Waiting for the first message…").waitFor();
  await mail("Bug in the relay", "It is a moth.");
  await page.getByText("It is here: Bug in the relay").waitFor();
  await mail("Second matter", "Can it be mended?");

  await tabTo(page, page.getByRole("link", { name: "Open it" }));
  await keys.press("Enter");
  await conversation(page).getByText("It is a moth.").waitFor();
  await keys.press("g");
  await keys.press("u");
  await page.getByRole("heading", { level: 1, name: "Unassigned" }).waitFor();
  await row(page, "Second matter").waitFor();
  await keys.press("j");
  await keys.press("j");
  await keys.press("k");
  await keys.press("Enter"); // the newest stands first
  await page.getByRole("heading", { level: 1, name: "Second matter" }).waitFor();
  await conversation(page).getByText("Can it be mended?").waitFor();

  await keys.press("r");
  await page.getByRole("textbox", { name: "Reply to the customer" }).and(page.locator(":focus")).waitFor();
  await keys.type("Yes, by Friday.");
  await keys.press("Control+Enter");
  await conversation(page).getByText("Yes, by Friday.").waitFor();
  await picker(page, "Owner", `${OWNER.name} (you)`).waitFor();

  for (const [key, list, typed, label, chosen] of [["p", "Priority", "Urg", "Priority", "Urgent"], ["s", "Status", "Waiting on us", "Status", "Waiting on us"], ["a", "Owner", "Nobody", "Owner", "Nobody"]] as const) {
    await keys.press(key);
    const options = page.getByRole("listbox", { name: list });
    await options.waitFor();
    await reach(page, options.getByRole("option", { name: new RegExp(`^${typed}`) }));
    await keys.press("Enter");
    await picker(page, label, chosen).waitFor();
    await options.waitFor({ state: "hidden" });
  }

  await keys.press("c");
  await page.getByRole("textbox", { name: "Comment for the team" }).and(page.locator(":focus")).waitFor();
  await keys.type("Parts are ordered.");
  await keys.press("Control+Enter");
  await conversation(page).getByRole("article", { name: `Comment: ${OWNER.name}` }).waitFor();

  await keys.press("e");
  await page.getByText("Ticket closed.").waitFor();
  await keys.press("g");
  await keys.press("o");
  await page.getByRole("heading", { level: 1, name: "All open" }).waitFor();
  await row(page, "Bug in the relay").waitFor();
  await row(page, "Second matter").waitFor({ state: "hidden" });

  await keys.press("/");
  await page.getByRole("searchbox", { name: "Search tickets" }).and(page.locator(":focus")).waitFor();
  await keys.type("moth");
  await keys.press("Enter");
  await page.waitForURL(/q=moth/);
  await row(page, "Bug in the relay").waitFor();
  await keys.press("Control+k");
  await keys.type("second matter");
  await page.getByRole("option", { name: /Second matter/ }).first().waitFor();
  await keys.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Second matter" }).waitFor();
  await picker(page, "Status", "Closed").waitFor();
  expect(problems).toEqual([]);
  await context.close();
});

/** Arrow down until the option is the one that Enter takes. */
async function reach(page: Page, option: Locator): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    if ((await option.getAttribute("data-combobox-selected")) !== null) return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`no way to ${String(option)} by arrows`);
}
