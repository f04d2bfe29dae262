import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BASE, launch, signedIn } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("UX-1 the palette and a sequence of keys lead anywhere, ? lists the keys", async () => {
  const { page } = await signedIn(browser);
  await page.goto("/settings/profile");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("pipelin");
  await page.getByRole("option", { name: "Pipelines and statuses", selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/settings\/pipelines/);
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("g");
  await page.keyboard.press("x");
  await page.waitForURL(/outbox/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.context().close();
});

test("PIPE-2 STAT-1 a pipeline is made, its statuses changed and put in order, and it is deleted, with the keyboard", async () => {
  const { page } = await signedIn(browser);
  const name = `Returns ${Date.now()}`;
  await page.goto("/settings/pipelines");
  await page.getByRole("button", { name: "Create a pipeline" }).press("Enter");
  await page.getByRole("dialog").locator("input:focus").waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name, exact: true }).press("Enter");
  await page.getByRole("heading", { level: 1, name }).waitFor();

  await page.getByRole("button", { name: "Add a status" }).press("Enter");
  await page.locator("input[data-key]:focus").waitFor();
  await page.keyboard.type("Parcel back");
  await page.getByRole("button", { name: "Move Parcel back" }).press("Alt+ArrowUp");
  await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name }).waitFor();
  const labels = await page.getByRole("textbox", { name: "Status name" }).evaluateAll((all) => all.map((e) => (e as HTMLInputElement).value));
  expect(labels.at(-2)).toBe("Parcel back");

  await page.goto("/settings/pipelines");
  await page.getByRole("button", { name: `More for ${name}` }).press("Enter");
  await page.getByRole("menuitem", { name: "Delete" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).press("Enter");
  await page.getByRole("link", { name, exact: true }).waitFor({ state: "hidden" });
  await page.context().close();
});

test("a refused form says so at the field and focuses the first", async () => {
  const { page } = await signedIn(browser);
  await page.goto("/settings/channels/new");
  await page.getByRole("button", { name: "Connect a channel" }).click();
  await page.getByText("Write an address such as support@example.com.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("name");
  await page.context().close();
});

test("API-8 a webhook is added, its secret shown once, paused, let go on, and deleted", async () => {
  const { page } = await signedIn(browser);
  const name = `Stock ${Date.now()}`;
  await page.goto("/settings/webhooks");
  await page.getByRole("button", { name: "Add a webhook" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("textbox", { name: "Address" }).fill("http://10.0.0.1/in");
  await dialog.getByRole("checkbox", { name: "ticket.creation" }).check();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByText("private network").waitFor();
  await dialog.getByRole("textbox", { name: "Address" }).fill("https://stock.example.org/in");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByRole("button", { name: "I have copied it" }).click();

  const act = async (what: string) => {
    await page.getByRole("button", { name: `More for ${name}` }).click();
    await page.getByRole("menuitem", { name: what }).click();
  };
  const line = page.getByRole("listitem").filter({ hasText: name });
  await act("Pause");
  await line.getByText("Paused", { exact: true }).waitFor();
  await act("Let it go on");
  await line.getByText("Nothing sent yet").waitFor();
  await line.getByRole("link", { name: "Log" }).click();
  await page.getByText("Nothing was sent").waitFor();
  await page.getByRole("link", { name: "All webhooks" }).click();
  await act("Delete…");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await line.waitFor({ state: "hidden" });
  await page.context().close();
});

test("PROP-1 PROP-2 PROP-6 a property is made with options in order, used on a ticket at once, archived and restored", async () => {
  const { page } = await signedIn(browser);
  const name = `Depot ${Date.now()}`;
  await page.goto("/settings/properties");
  await page.getByRole("button", { name: "Create a property" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Type" }).click();
  await page.getByRole("option", { name: "One of several", exact: true }).click();
  await dialog.getByRole("button", { name: "Add an option" }).press("Enter");
  await page.locator("input[data-key]:focus").waitFor();
  await page.keyboard.type("North");
  await page.keyboard.press("Enter");
  await page.keyboard.type("South");
  await dialog.getByRole("button", { name: "Move South", exact: true }).press("Alt+ArrowUp");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("textbox", { name: "Find" }).fill(name);
  const line = page.getByRole("listitem").filter({ hasText: name });
  await line.getByText("One of several").waitFor();

  await page.goto("/views/open");
  await page.getByRole("row").nth(1).getByRole("link").click();
  await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  expect(await page.getByRole("option").allTextContents()).toEqual(expect.arrayContaining(["South", "North"]));
  await page.keyboard.press("Escape");

  await page.goto("/settings/properties");
  await page.getByRole("textbox", { name: "Find" }).fill(name);
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Archive…" }).click();
  await dialog.getByRole("button", { name: "Archive" }).click();
  await line.waitFor({ state: "hidden" });
  await page.getByText("Archived", { exact: true }).click();
  await line.getByRole("button", { name: "Restore" }).click();
  await page.getByText("In use", { exact: true }).click();
  await line.waitFor();
  await page.context().close();
});

test("API-9 an admin connects an account of an app's channel on the app's own page", async () => {
  const { page } = await signedIn(browser);
  const name = `Lamp chat ${Date.now()}`;
  const made = (await (await page.request.post("/helpdesk/v1/tokens", { data: { name } })).json()) as { token: string };
  const ask = async <T>(method: string, path: string, body: object) => {
    const answer = await fetch(`${BASE}/conversations/v3/custom-channels${path}`, {
      method, headers: { Authorization: `Bearer ${made.token}`, "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as T;
  };
  const type = "CHANNEL_SPECIFIC_OPAQUE_ID";
  const channel = await ask<{ id: string }>("POST", "", {
    name, channelDescription: "Chats of the shop", channelAccountConnectionRedirectUrl: `${BASE}/healthz?shop=1`,
    capabilities: { deliveryIdentifierTypes: [type], richText: [], threadingModel: "INTEGRATION_THREAD_ID" },
  });
  await page.goto("/settings/channels");
  await page.getByRole("list", { name: "Channels of apps" }).getByText(name).waitFor();
  if (process.env.DESKBELL_PICTURES) await picturesOf(page);
  await page.getByRole("button", { name: `Connect an account of ${name}` }).click();
  await page.waitForURL((url) => url.pathname === "/healthz");
  const sent = new URL(page.url()).searchParams;
  expect(sent.get("channelId")).toBe(channel.id);
  await ask("PATCH", `/${channel.id}/channel-account-staging-tokens/${sent.get("accountToken") ?? ""}`, {
    accountName: `${name} NL`, deliveryIdentifier: { type, value: "shop-7" },
  });
  await page.goto(new URL(sent.get("redirectUrl") ?? "").pathname);
  await page.getByRole("list", { name: "Channels", exact: true }).getByRole("link", { name: `${name} NL` }).waitFor();
  await page.context().close();
});

/** The page in two widths and both themes, for people to look at. */
async function picturesOf(page: Page) {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: `${process.env.DESKBELL_PICTURES ?? "."}/settings-app-channels-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}
