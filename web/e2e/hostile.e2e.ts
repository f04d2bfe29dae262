import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conversation, row } from "./acts";
import { launch } from "./browser";
import { startDesk, type Desk } from "./desk";
import { send } from "./mail";

/** Mail of an enemy, in a real browser: nothing of it runs, nothing of it calls home. */

const ACCOUNT = { company: "Acme", domain: "acme.example", name: "Ada Lovelace", email: "ada@acme.example", password: "a long enough sentence", timeZone: "Europe/Warsaw" };

let browser: Browser;
let desk: Desk;
let enemy: Server;
let home: string;
const calls: string[] = [];

beforeAll(async () => {
  [browser, desk] = await Promise.all([launch(), startDesk()]);
  enemy = createServer((request, answer) => {
    calls.push(request.url ?? "");
    answer.setHeader("Content-Type", "image/gif").end(Buffer.from("R0lGODlhAQABAAAAACw=", "base64"));
  });
  await new Promise<void>((ready) => enemy.listen(0, "127.0.0.1", ready));
  const address = enemy.address();
  home = typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
});
afterAll(async () => {
  await browser.close();
  enemy.closeAllConnections();
  await Promise.all([new Promise((done) => enemy.close(done)), desk.stop()]);
});

/** Each sets window.hacked of whatever window it gets hold of, or calls home. */
const attacks = (url: string) => {
  const run = "top.hacked=1;self.hacked=1;parent.hacked=1";
  return `
<html><head><base href="${url}/base/"><meta http-equiv="refresh" content="0;url=${url}/refresh"><link rel="stylesheet" href="${url}/sheet.css"><link rel="prefetch" href="${url}/prefetch">
<style>@import url("${url}/import.css"); body { background: url("${url}/style-bg") } @font-face { font-family: x; src: url("${url}/font") } * { font-family: x !important }</style>
<script>${run}</script><script src="${url}/script.js"></script></head>
<body background="${url}/body-bg" onload="${run}" onpageshow="${run}">
<p>Dear support, this mail is harmless.</p>
<img src=x onerror="${run}"><img src="${url}/pixel.gif" width="1" height="1"><img srcset="${url}/srcset 2x"><img src="//${url.slice(7)}/protocol-relative">
<svg onload="${run}"><script>${run}</script><image href="${url}/svg-image"/><use href="${url}/use#x"/><animate onbegin="${run}" attributeName="x" dur="1s"/><set attributeName="href" to="javascript:${run}"/></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${run}&gt;"></table></mtext></math>
<noscript><p title="</noscript><img src=x onerror=${run}>"></noscript>
<iframe src="javascript:${run}"></iframe><iframe srcdoc="<script>${run}</script>"></iframe><iframe src="${url}/iframe"></iframe>
<object data="${url}/object"></object><embed src="${url}/embed"><applet code="x"></applet><frameset onload="${run}"></frameset>
<video src="${url}/video" poster="${url}/poster" autoplay onloadstart="${run}"></video><audio src="${url}/audio" autoplay onerror="${run}"></audio><source src="${url}/source">
<form action="${url}/form"><input type="text" autofocus onfocus="${run}"><input type="image" src="${url}/input-image"><button formaction="javascript:${run}">Send</button></form>
<details open ontoggle="${run}"><summary>More</summary></details><marquee onstart="${run}">x</marquee>
<div style="background-image: url('${url}/inline-bg'); position: fixed; inset: 0; z-index: 99999; width: expression(${run})">over the page</div>
<a id="js" href="javascript:${run}">Click</a><a href="jAvAsCrIpT&colon;${run}">Click too</a><a href="data:text/html,<script>${run}</script>">And this</a><a href="&#1;javascript:${run}">Or this</a>
<a href="${url}/link" target="_self">An honest link</a>
<template><script>${run}</script></template><select><style></select><img src=x onerror="${run}"></style>
<xmp><img src=x onerror="${run}"></xmp><title><img src=x onerror="${run}"></title><textarea><img src=x onerror="${run}"></textarea>
<p id="body" name="getElementById">clobber</p><img name="body"><form id="forms"></form>
</body></html>`;
};

test("SEC-1 a hostile mail shows its words, runs nothing, and asks nobody for anything", async () => {
  const context = await browser.newContext({ baseURL: desk.url, viewport: { width: 1280, height: 800 } });
  const set = await context.request.post("/helpdesk/v1/setup", { data: ACCOUNT });
  expect(set.status(), await set.text()).toBe(201);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });

  const name = `"><img src=x onerror=self.hacked=1>`;
  const subject = `<img src=x onerror="self.hacked=1"> <script>self.hacked=1</script>`;
  await send(desk.smtp, {
    from: { name, address: "enemy@customer.example" }, to: "support@acme.example", subject, html: attacks(home), text: "Dear support",
    attachments: [{ filename: "look.html", content: "<script>parent.hacked=1;opener.hacked=1</script>", contentType: "text/html" }, { filename: "look.svg", content: `<svg xmlns="http://www.w3.org/2000/svg" onload="hacked=1"/>`, contentType: "image/svg+xml" }],
  });
  await page.goto("/views/unassigned");
  await row(page, subject).getByRole("link").click();
  const body = conversation(page).frameLocator("iframe");
  await body.getByText("Dear support, this mail is harmless.").waitFor();
  await page.waitForLoadState("networkidle");

  const origins = new Set(asked.filter((url) => /^https?:/.test(url)).map((url) => new URL(url).origin));
  expect([...origins], "asked of others").toEqual([new URL(desk.url).origin]);
  expect(calls).toEqual([]);
  expect(dialogs).toEqual([]);
  for (const frame of page.frames()) expect(await frame.evaluate(() => "hacked" in window), frame.url()).toBe(false);

  // What is in the frame: no way to run, none to send, and a frame that would not let it.
  const frame = conversation(page).locator("iframe");
  expect(await frame.getAttribute("sandbox")).not.toMatch(/allow-(scripts|forms|top-navigation)/);
  const active = await body.locator("body").locator("script, iframe, object, embed, form, link, base, meta, svg, math, video, audio, input, button, style").count();
  expect(active).toBe(0);
  const armed = await body.locator("*").evaluateAll((all) =>
    all.flatMap((el) => [...el.attributes].filter((a) => /^on/i.test(a.name) || /^\s*(javascript|data|vbscript):/i.test(a.value)).map((a) => `${el.tagName} ${a.name}=${a.value}`)));
  expect(armed).toEqual([]);
  // Words stand where mail puts them, not over the page.
  const box = await frame.boundingBox();
  const cover = await body.getByText("over the page").boundingBox();
  expect(box && cover && cover.y >= box.y && cover.height < 200).toBe(true);

  // An honest link opens elsewhere and knows nothing of us; pictures come when they are asked for, and only these.
  expect(await body.getByRole("link", { name: "An honest link" }).getAttribute("rel")).toMatch(/noopener/);
  await conversation(page).getByRole("button", { name: "Show images" }).click();
  await expect.poll(() => calls.length, { timeout: 5_000 }).toBeGreaterThan(0);
  await page.waitForLoadState("networkidle");
  expect(calls.filter((url) => !/^\/(pixel\.gif|protocol-relative|srcset)/.test(url))).toEqual([]);
  for (const each of page.frames()) expect(await each.evaluate(() => "hacked" in window), each.url()).toBe(false);

  // Attachments are not pages of ours.
  const ticket = /tickets\/(\d+)/.exec(page.url())?.[1] ?? "";
  const { items } = (await (await context.request.get(`/helpdesk/v1/tickets/${ticket}/conversation`)).json()) as { items: { attachments?: { url: string; name: string }[] }[] };
  const files = items.flatMap((i) => i.attachments ?? []);
  expect(files.map((f) => f.name).sort()).toEqual(["look.html", "look.svg"]);
  for (const file of files) {
    const head = (await context.request.get(file.url)).headers();
    expect(head["content-disposition"], file.name).toMatch(/^attachment/);
    expect(head["x-content-type-options"]).toBe("nosniff");
    expect(head["content-security-policy"]).toMatch(/sandbox/);
  }
  await context.close();
});
