import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { choose, conversation, picker } from "./acts";
import { ADMIN, BASE, launch, signedIn } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const unique = (name: string) => `${name} ${crypto.randomUUID().slice(0, 8)}`;

interface Pipeline {
  id: string;
  stages: { id: string; label: string }[];
}

async function post<T>(page: Page, path: string, data: object): Promise<T> {
  const answer = await page.request.post(`/helpdesk/v1${path}`, { data });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()) as T;
}

const ticketIn = (page: Page, pipeline: Pipeline, stage: string, subject: string) =>
  post<{ id: string }>(page, "/tickets", {
    properties: { subject, hs_pipeline: pipeline.id, hs_pipeline_stage: pipeline.stages.find((s) => s.label === stage)?.id }, contactIds: [], companyIds: [],
  });

test("STAT-3 PIPE-3 a status and a pipeline that hold tickets are deleted only after it is said where these go", async () => {
  const { page } = await signedIn(browser);
  const name = unique("Repairs");
  const other = unique("Spare parts");
  const pipeline = await post<Pipeline>(page, "/pipelines", { label: name });
  await post<Pipeline>(page, "/pipelines", { label: other });
  const { id } = await ticketIn(page, pipeline, "Waiting on us", unique("Bent wheel"));

  await page.goto(`/settings/pipelines/${pipeline.id}`);
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByRole("button", { name: "Delete Waiting on us" }).click();
  const move = page.getByRole("dialog", { name: "Delete “Waiting on us”" });
  await move.getByText("1 ticket has this status.").waitFor();
  await choose(move, "Move to", "Waiting on contact");
  await move.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Tickets of “Waiting on us” go to “Waiting on contact” when you save.").waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.goto(`/tickets/${id}`);
  await picker(page, "Status", "Waiting on contact").waitFor();

  await page.goto("/settings/pipelines");
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const remove = page.getByRole("dialog", { name: `Delete “${name}”?` });
  await remove.getByText("It holds 1 ticket.").first().waitFor();
  await choose(remove, "Pipeline", other);
  await choose(remove, "“Waiting on contact” becomes", "Closed");
  await remove.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name, exact: true }).waitFor({ state: "hidden" });
  await page.goto(`/tickets/${id}`);
  await picker(page, "Status", "Closed").waitFor();
  await page.context().close();
});

test("PIPE-3 a pipeline with many tickets goes when a job has put them into the trash, which its row shows", async () => {
  const { page } = await signedIn(browser);
  const name = unique("Recalls");
  const pipeline = await post<Pipeline>(page, "/pipelines", { label: name });
  const subject = unique("Recalled lamp");
  for (let n = 0; n < 210; n += 30) await Promise.all(Array.from({ length: 30 }, () => ticketIn(page, pipeline, "New", subject)));

  await page.goto("/settings/pipelines");
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const remove = page.getByRole("dialog", { name: `Delete “${name}”?` });
  await remove.getByText("It holds 210 tickets.").first().waitFor();
  await remove.getByRole("radio", { name: /^Delete them/ }).check();
  await remove.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("region", { name: "Notices" }).getByText(`“${name}”`).waitFor(); // goes, or is gone: the job may be quicker
  await page.getByRole("link", { name, exact: true }).waitFor({ state: "hidden" });
  const left = await page.request.post("/helpdesk/v1/tickets/search", { data: { filterGroups: [{ filters: [{ propertyName: "subject", operator: "EQ", value: subject }] }] } });
  expect(((await left.json()) as { results: unknown[] }).results).toHaveLength(0);
  await page.context().close();
});

test("ACC-2 a team and a user are added, the user signs in, changes team, and is locked out when deactivated", async () => {
  const { page } = await signedIn(browser);
  const team = unique("Night shift");
  const name = unique("Nora Night");
  const email = `nora-${crypto.randomUUID().slice(0, 8)}@desk.localhost`;
  await page.goto("/settings/teams");
  await page.getByRole("button", { name: "Add a team" }).click();
  await page.getByLabel("Team name").fill(team);
  await page.keyboard.press("Enter");
  await page.getByText(team, { exact: true }).waitFor();

  await page.goto("/settings/users");
  await page.getByRole("button", { name: "Add a user" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a user" });
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("E-mail").fill("no address");
  await dialog.getByLabel("First password").fill("short");
  await dialog.getByRole("button", { name: "Add a user" }).click();
  await dialog.getByText("Write an address such as ada@example.com.").waitFor();
  await dialog.getByText("At least 8 characters.", { exact: true }).waitFor();
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByLabel("First password").fill("a sentence to keep");
  await choose(dialog, "Main team", team);
  await dialog.getByRole("button", { name: "Add a user" }).click();
  await page.getByRole("button", { name: `Edit ${name}` }).waitFor();

  const guest = await browser.newContext({ baseURL: BASE });
  const signIn = () => guest.request.post("/helpdesk/v1/session", { data: { email, password: "a sentence to keep" } });
  expect((await signIn()).status()).toBe(201);
  const me = (await (await guest.request.get("/helpdesk/v1/me")).json()) as { name: string; superAdmin: boolean };
  expect(me).toMatchObject({ name, superAdmin: false });

  await page.goto("/settings/teams");
  await page.getByText(`1 member: ${name}`).waitFor();
  await page.goto("/settings/users");
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  await page.getByText(`${name} is deactivated and can't sign in`).waitFor();
  expect((await guest.request.get("/helpdesk/v1/me")).status()).toBe(401);
  expect((await signIn()).status()).toBe(401);
  await guest.close();
  await page.context().close();
});

test("ACC-8 a token made in the settings opens the API, is shown once, and is worth nothing once it is revoked", async () => {
  const { page } = await signedIn(browser);
  const name = unique("Reports");
  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: "Create a token" }).click();
  await page.getByLabel("What is it for?").fill(name);
  await page.keyboard.press("Enter");
  await page.getByText("Choose what it may do.").waitFor();
  await page.getByRole("textbox", { name: "What it may do" }).fill("change tickets");
  await page.getByRole("checkbox", { name: /^tickets/ }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Create a token" }).click();
  const made = page.getByRole("dialog", { name: "Your new token" });
  const secret = (await made.getByText(/^\S{30,}$/).first().textContent())?.trim() ?? "";
  const ask = async (type = "tickets") => (await fetch(`${BASE}/crm/v3/objects/${type}?limit=1`, { headers: { Authorization: `Bearer ${secret}` } })).status;
  expect(await ask()).toBe(200);
  expect(await ask("contacts")).toBe(403);
  await made.getByRole("button", { name: "I have copied it" }).click();
  await page.getByText(name, { exact: true }).waitFor();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: `Edit “${name}”` }).click();
  await page.getByRole("switch", { name: /It may do everything/ }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText(`“${name}” is saved`).waitFor();
  expect(await ask("contacts")).toBe(200);
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Revoke…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText(`“${name}” is revoked`).waitFor();
  expect(await ask()).toBe(401);
  await page.context().close();
});

test("ACC-8 an app is registered, let in by an admin, works, and is uninstalled; ACC-9 the audit log tells it", async () => {
  const { page } = await signedIn(browser);
  const name = unique("Sync");
  const back = `${BASE}/healthz`; // an address of ours stands in for the app's own
  await page.goto("/settings/apps");
  await page.getByRole("button", { name: "Register an app" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Where it sends people back to").fill(back);
  await page.getByRole("textbox", { name: "What it may do" }).fill("change tickets");
  await page.getByRole("checkbox", { name: /^tickets/ }).check();
  await page.getByRole("button", { name: "Register", exact: true }).click();
  const made = page.getByRole("dialog", { name: `“${name}” is registered` });
  const [id, secret] = (await made.locator("button[title]").allTextContents()).map((text) => text.trim());
  await made.getByRole("button", { name: "I have copied them" }).click();

  // The state is digits that a number can't hold: it must come back as it was sent.
  const state = "12345678901234567890";
  const asked = `/oauth/authorize?${new URLSearchParams({ client_id: id ?? "", redirect_uri: back, scope: "tickets", state }).toString()}`;
  const stranger = await browser.newContext({ baseURL: BASE });
  const arrives = await stranger.newPage();
  await arrives.goto(asked);
  await arrives.getByLabel("E-mail").fill(ADMIN.email);
  await arrives.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await arrives.getByRole("button", { name: "Sign in" }).click();
  await arrives.getByRole("heading", { name: `Let ${name} in?` }).waitFor();
  await arrives.getByRole("button", { name: "No" }).click();
  await arrives.waitForURL((url) => url.pathname === "/healthz");
  expect(new URL(arrives.url()).searchParams.get("error")).toBe("access_denied");
  await stranger.close();

  await page.goto(asked);
  await page.getByRole("button", { name: "Let it in" }).click();
  await page.waitForURL((url) => url.pathname === "/healthz");
  const answer = new URL(page.url()).searchParams;
  expect(answer.get("state")).toBe(state);
  const tokens = await fetch(`${BASE}/oauth/v1/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "authorization_code", client_id: id ?? "", client_secret: secret ?? "", redirect_uri: back, code: answer.get("code") ?? "" }),
  });
  const { access_token } = (await tokens.json()) as { access_token: string };
  const ask = async () => (await fetch(`${BASE}/crm/v3/objects/tickets?limit=1`, { headers: { Authorization: `Bearer ${access_token}` } })).status;
  expect(await ask()).toBe(200);

  await page.goto(asked.replace("scope=tickets", "scope=files"));
  await page.getByText("This can't be asked").waitFor();
  await page.goto("/settings/apps");
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Uninstall…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Uninstall" }).click();
  await page.getByText(`“${name}” is uninstalled`).waitFor();
  expect(await ask()).toBe(401);

  await page.goto("/settings/audit?what=app");
  const log = page.getByRole("list", { name: "Audit log" });
  await log.getByText(`uninstalled the app ${name}`).waitFor();
  await log.getByText(`let the app ${name} in`).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as CSV" }).click()]);
  expect(file.suggestedFilename()).toBe("audit.csv");
  await page.context().close();
});

test("the Outbox shows what was written while nothing sends, and each mail can be downloaded", async () => {
  const { page, problems } = await signedIn(browser);
  await page.goto("/outbox");
  await page.getByRole("navigation", { name: "Messages" }).getByRole("link", { name: /Where is my refund/ }).first().click();
  await page.getByRole("heading", { level: 2, name: /Where is my refund/ }).waitFor();
  await page.frameLocator("iframe").getByText("Send me the IBAN of your account").waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download (.eml)" }).click()]);
  expect(file.suggestedFilename()).toMatch(/\.eml$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const source = Buffer.concat(chunks).toString();
  expect(source).toMatch(/^Message-ID: <[^>]+>\r$/im);
  expect(source).toMatch(/^In-Reply-To: <[^>]+>\r$/im);
  expect(source).toContain("diego@ferreira.example");
  await page.getByRole("link", { name: "Open its ticket" }).click();
  await conversation(page).getByText("Send me the IBAN of your account").waitFor();
  expect(problems).toEqual([]);
  await page.context().close();
});

test("signing out ends the session for good", async () => {
  const context = await browser.newContext({ baseURL: BASE });
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Unassigned" }).waitFor();
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: /Sign in/ }).waitFor();
  expect((await context.request.get("/helpdesk/v1/me")).status()).toBe(401);
  await page.goto("/contacts");
  await page.waitForURL(/login/);
  await context.close();
});
