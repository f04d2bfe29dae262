import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conversation, row } from "./acts";
import { launch, seriousProblems, signedIn } from "./browser";

/** Every page in every width and both themes: readable, fitting, nothing serious for axe. Pictures go to DESKBELL_PICTURES. */

const pictures = process.env.DESKBELL_PICTURES;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  if (pictures) mkdirSync(pictures, { recursive: true });
});
afterAll(() => browser.close());

interface Scene {
  name: string;
  path: string;
  /** Brings the page to what is to be seen, and waits for it. */
  arrange: (page: Page) => Promise<void>;
}

const heading = (name: string) => async (page: Page) => {
  await page.getByRole("heading", { level: 1, name }).waitFor();
};
const openTicket = async (page: Page, subject: string, words: string) => {
  await row(page, subject).getByRole("link").click();
  await conversation(page).getByText(words).first().waitFor();
};
const refund = (page: Page) => openTicket(page, "Where is my refund?", "nobody answers the phone");

const scenes: Scene[] = [
  { name: "unassigned", path: "/views/unassigned", arrange: (page) => row(page, "Twelve bikes for our office").waitFor() },
  { name: "open", path: "/views/open?priority=HIGH", arrange: (page) => row(page, "Key lost, frame lock closed").waitFor() },
  { name: "selected", path: "/views/open", arrange: async (page) => {
    await row(page, "Twelve bikes for our office").getByRole("checkbox").check();
    await page.getByRole("toolbar", { name: "1 selected" }).waitFor();
  } },
  { name: "empty", path: "/views/snoozed", arrange: async (page) => page.getByText("Nothing is snoozed").waitFor() },
  { name: "search", path: "/views/open?q=battery", arrange: (page) => row(page, "App says battery 0 % although it is full").waitFor() },
  { name: "nothing-fits", path: "/views/open?q=zeppelin", arrange: (page) => page.getByText("No ticket fits").waitFor() },
  { name: "ticket", path: "/views/open", arrange: refund },
  { name: "reply", path: "/views/open", arrange: async (page) => {
    await refund(page);
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: "Reply to the customer" }).waitFor();
  } },
  { name: "comment", path: "/views/open", arrange: async (page) => {
    await refund(page);
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "Comment for the team" }).pressSequentially("Can you look, @");
    await page.getByRole("listbox", { name: "People and teams" }).waitFor();
  } },
  { name: "status", path: "/views/open", arrange: async (page) => {
    await refund(page);
    await page.keyboard.press("s");
    await page.getByRole("listbox", { name: "Status" }).waitFor();
  } },
  { name: "snooze", path: "/views/open", arrange: async (page) => {
    await refund(page);
    await page.keyboard.press("l");
    await page.getByRole("dialog", { name: "Snooze" }).waitFor();
  } },
  { name: "reference", path: "/settings/reference?q=search", arrange: async (page) => {
    await page.getByText("Search records").click();
    await page.getByText("filterGroups").waitFor();
  } },
  { name: "webhooks", path: "/settings/webhooks", arrange: async (page) => {
    const data = { name: "Billing", url: "https://billing.example.org/in", events: [{ eventType: "ticket.creation" }] };
    const { results } = (await (await page.request.get("/helpdesk/v1/webhooks")).json()) as { results: unknown[] };
    if (results.length === 0) await page.request.post("/helpdesk/v1/webhooks", { data });
    await page.reload();
    await page.getByRole("link", { name: "Billing" }).waitFor();
  } },
  { name: "webhook-add", path: "/settings/webhooks", arrange: async (page) => {
    await page.getByRole("button", { name: "Add a webhook" }).first().click();
    await page.getByRole("dialog").getByText("contact.creation").waitFor();
  } },
  { name: "ticket-missing", path: "/tickets/1", arrange: (page) => page.getByText("This ticket is not here").waitFor() },
  { name: "create", path: "/views/open", arrange: async (page) => {
    await row(page, "Twelve bikes for our office").waitFor();
    await page.keyboard.press("n");
    await page.getByRole("dialog", { name: "Create ticket" }).waitFor();
  } },
  { name: "palette", path: "/views/open", arrange: async (page) => {
    await row(page, "Twelve bikes for our office").waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("bikes");
    await page.getByRole("option", { name: /Twelve bikes/ }).waitFor();
  } },
  { name: "keys", path: "/views/open", arrange: async (page) => {
    await row(page, "Twelve bikes for our office").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  } },
  { name: "notifications", path: "/views/mentions", arrange: async (page) => {
    await heading("Mentions")(page);
    await page.getByRole("button", { name: /otification/ }).locator("visible=true").first().click();
    await page.getByRole("heading", { name: "Notifications" }).waitFor();
  } },
  { name: "contacts", path: "/contacts", arrange: async (page) => page.getByRole("link", { name: "Hannah Lindqvist" }).waitFor() },
  { name: "contact", path: "/contacts?q=lindqvist", arrange: async (page) => {
    await page.getByRole("link", { name: "Hannah Lindqvist" }).click();
    await heading("Hannah Lindqvist")(page);
    await page.getByRole("link", { name: /arrived without the charger/ }).waitFor();
  } },
  { name: "outbox", path: "/outbox", arrange: async (page) => {
    await page.getByRole("link", { name: /Where is my refund/ }).first().click();
    await page.frameLocator("iframe").getByText("Send me the IBAN").waitFor();
  } },
  { name: "settings-profile", path: "/settings/profile", arrange: heading("Profile and preferences") },
  { name: "settings-users", path: "/settings/users", arrange: async (page) => page.getByText("Jonas Vink", { exact: true }).waitFor() },
  { name: "settings-user", path: "/settings/users", arrange: async (page) => {
    await page.getByRole("button", { name: "Edit Jonas Vink" }).click();
    await page.getByRole("dialog", { name: "Edit Jonas Vink" }).waitFor();
  } },
  { name: "settings-teams", path: "/settings/teams", arrange: async (page) => page.getByText("Workshop", { exact: true }).waitFor() },
  { name: "settings-pipelines", path: "/settings/pipelines", arrange: async (page) => page.getByRole("link", { name: "Statuses" }).first().waitFor() },
  { name: "settings-pipeline", path: "/settings/pipelines/0", arrange: async (page) => page.getByRole("textbox", { name: "Status name" }).first().waitFor() },
  { name: "settings-properties", path: "/settings/properties", arrange: async (page) => page.getByRole("heading", { name: "Ticket information" }).waitFor() },
  { name: "settings-property", path: "/settings/properties", arrange: async (page) => {
    await page.getByRole("button", { name: "Create a property" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Type" }).click();
    await page.getByRole("option", { name: "Several of several" }).click();
    await dialog.getByRole("button", { name: "Add an option" }).click();
    await page.keyboard.type("North");
  } },
  { name: "ticket-numbers", path: "/views/open", arrange: async (page) => {
    await refund(page);
    const more = page.getByRole("button", { name: "Show all properties" });
    if (await more.isVisible()) await more.click();
  } },
  { name: "settings-channels", path: "/settings/channels", arrange: async (page) => page.getByText("Built in", { exact: true }).waitFor() },
  { name: "settings-channel", path: "/settings/channels", arrange: async (page) => {
    await page.getByRole("listitem").filter({ hasText: "Built in" }).getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "Connection" }).waitFor();
  } },
  { name: "settings-connect", path: "/settings/channels/new", arrange: heading("Connect a channel") },
  { name: "settings-attention", path: "/settings/attention", arrange: heading("Needs attention") },
  { name: "settings-tokens", path: "/settings/tokens", arrange: heading("API tokens") },
  { name: "settings-token", path: "/settings/tokens", arrange: async (page) => {
    await page.getByRole("button", { name: "Create a token" }).click();
    await page.getByRole("checkbox", { name: /^tickets/ }).check();
  } },
  { name: "settings-apps", path: "/settings/apps", arrange: heading("Apps") },
  { name: "settings-app", path: "/settings/apps", arrange: async (page) => {
    await page.getByRole("button", { name: "Register an app" }).click();
    await page.getByRole("checkbox", { name: /^tickets/ }).check();
  } },
  { name: "settings-audit", path: "/settings/audit", arrange: async (page) => page.getByText("signed in").first().waitFor() },
  { name: "consent", path: "/settings/apps", arrange: async (page) => {
    const app = { name: "Warehouse sync", description: "Tells the warehouse which bikes come back.", redirectUris: ["https://warehouse.example.org/back"], scopes: ["tickets", "crm.objects.contacts.read", "files"] };
    const made = (await (await page.request.post("/helpdesk/v1/apps", { data: app })).json()) as { app: { clientId: string } };
    await page.goto(`/oauth/authorize?${new URLSearchParams({ client_id: made.app.clientId, redirect_uri: app.redirectUris[0] ?? "" }).toString()}`);
    await page.getByRole("heading", { name: "Let Warehouse sync in?" }).waitFor();
  } },
  { name: "not-found", path: "/nowhere", arrange: (page) => page.getByText("There is no such page").waitFor() },
];

/** What the pictures must not depend on: things that fade in, faces of letters on their way. */
async function still(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getTiming().iterations === Infinity));
  await page.evaluate(() => document.fonts.ready);
}

/** Once for each shape: the page is arranged once and then seen in all of them, as by who resizes a window. */
const shapes = [[1280, 800], [1920, 1080], [360, 740]] as const;

describe("UX-2 UX-3 every page at 360, 1280 and 1920 px, light and dark", () => {
  test.each(scenes.map((s) => [s.name, s] as const))("%s", async (name, { path, arrange }) => {
    const { page, problems } = await signedIn(browser, { colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(path);
    await arrange(page);
    for (const [width, height] of shapes) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["dark", "light"] as const) {
        if (!pictures && colorScheme === "dark" && width !== 1280) continue; // the colours are the same in every width
        await page.emulateMedia({ colorScheme });
        await page.waitForFunction((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, colorScheme);
        await still(page);
        if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`) });
        if (width === 1920) continue; // holds nothing that 1280 does not
        // By night only the colours are other.
        expect(await seriousProblems(page, colorScheme === "dark" ? ["color-contrast"] : undefined), `${colorScheme} at ${width} px`).toEqual([]);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `too wide at ${width} px`).toBeLessThanOrEqual(0);
    }
    expect(problems.filter((p) => !(name === "ticket-missing" && /404/.test(p)))).toEqual([]);
    await page.context().close();
  });
});
