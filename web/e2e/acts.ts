import type { Locator, Page } from "playwright-core";

/** What people do on the pages, for the tests to tell their stories with. */

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Chooses in a picker: its name is "Label: what is chosen". Of statuses with one name, those of the ticket's own pipeline come first. */
export async function choose(place: Page | Locator, label: string, option: string): Promise<void> {
  const page = "goto" in place ? place : place.page();
  await place.getByRole("button", { name: new RegExp(`^${escaped(label)}: `) }).click();
  await page.getByRole("option", { name: option, exact: true }).first().click();
}

export const picker = (place: Page | Locator, label: string, chosen: string) => place.getByRole("button", { name: `${label}: ${chosen}`, exact: true });

/** A row of the ticket list, by the ticket's name. */
export const row = (page: Page, subject: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name: subject, exact: true }) });

export const conversation = (page: Page) => page.getByRole("log", { name: "Conversation" });

export const replyBox = (page: Page) => page.getByRole("textbox", { name: "Reply to the customer" });

export const commentBox = (page: Page) => page.getByRole("textbox", { name: "Comment for the team" });

/** Follows a link of the sidebar, without loading the page anew. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: new RegExp(`^${escaped(view)}`) }).click();
  await page.getByRole("heading", { level: 1, name: view, exact: true }).waitFor();
}

/** Marks the loaded document; `sameDocument` tells later whether it is still that one. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { marked: true }));
}

export const sameDocument = (page: Page) => page.evaluate(() => "marked" in window);
