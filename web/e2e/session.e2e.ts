import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, BASE, launch, seriousProblems, signedIn } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("ACC-7 signing in leads back to the address that was asked for; a wrong password says so and keeps what was typed", async () => {
  const made = await signedIn(browser); // sets the account up where it is needed
  await made.page.context().close();
  const context = await browser.newContext({ baseURL: BASE });
  const page = await context.newPage();
  await page.goto("/settings/teams");
  await page.waitForURL(/login/);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill("wrong password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: /./ }).first().waitFor();
  expect(await page.getByLabel("E-mail").inputValue()).toBe(ADMIN.email);
  expect(await seriousProblems(page)).toEqual([]);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/settings\/teams/);
  await context.close();
});

test("an address of another site is not where signing in leads", async () => {
  const context = await browser.newContext({ baseURL: BASE });
  const page = await context.newPage();
  await page.goto("/login?next=%2F%2Fevil.example%2F");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/views/);
  expect(new URL(page.url()).origin).toBe(new URL(BASE).origin);
  await context.close();
});

test("UX-5 a lost connection is said, and gone when it is back", async () => {
  const { page } = await signedIn(browser);
  await page.goto("/settings/teams");
  await page.getByRole("heading", { level: 1, name: "Teams" }).waitFor();
  await page.route("**/helpdesk/v1/live", (route) => route.abort());
  await page.reload();
  await page.getByText("The connection is lost.").waitFor();
  await page.unroute("**/helpdesk/v1/live");
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("The connection is lost.").waitFor({ state: "hidden" });
  await page.context().close();
});

test("UX-2 the theme is chosen once and is there after a reload, without a flash", async () => {
  const { page } = await signedIn(browser, { colorScheme: "light" });
  await page.goto("/settings/profile");
  const saved = page.waitForResponse((r) => r.url().endsWith("/me") && r.request().method() === "PATCH");
  await page.getByRole("radio", { name: "Dark" }).check();
  await saved;
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme);
  expect(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe("dark");
  await page.getByRole("radio", { name: "System" }).check();
  await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === "light");
  await page.context().close();
});
