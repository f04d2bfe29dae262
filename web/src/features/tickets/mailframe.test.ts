import { expect, test } from "vitest";
import { frameDocument, frameStyles, hasOwnColours, PAPER, parkStyles, resolveCids, SANDBOX, showRemote } from "./mailframe";

const picture = { id: "1", contentId: "<Logo@mail>", url: "/helpdesk/v1/attachments/1" };

test("MAIL-4 scripts can't run in a mail's frame", () => {
  expect(SANDBOX.split(" ")).not.toContain("allow-scripts");
  expect(SANDBOX.split(" ")).not.toContain("allow-forms");
  expect(SANDBOX.split(" ")).not.toContain("allow-top-navigation");
});

test("MAIL-4 the frame fetches nothing but our own pictures until the reader asks", () => {
  const policy = (remote: boolean) => /content="(default-src[^"]*)"/.exec(frameDocument("<p>x</p>", "https://desk.example", remote))?.[1] ?? "";
  expect(policy(false)).toContain("default-src 'none'");
  expect(policy(false)).toContain("img-src data: blob: https://desk.example;");
  expect(policy(false)).not.toContain("https: ");
  expect(policy(true)).toContain("https: http:");
  expect(policy(true)).not.toContain("script-src");
});

test("a picture in the text is shown from our own address", () => {
  expect(resolveCids('<img src="cid:logo@mail" alt="x">', [picture])).toBe('<img src="/helpdesk/v1/attachments/1" alt="x">');
  expect(resolveCids("<img src='cid:logo%40mail'>", [picture])).toBe("<img src='/helpdesk/v1/attachments/1'>");
  expect(resolveCids('<img src="cid:other">', [picture])).toBe('<img src="">');
  expect(resolveCids('<img src="cid:100%">', [picture])).toBe('<img src="">');
});

test("held pictures get their address only from web addresses", () => {
  expect(showRemote('<img data-remote-src="https://e.example/a.png">')).toBe('<img src="https://e.example/a.png" referrerpolicy="no-referrer">');
  expect(showRemote('<img data-remote-src="javascript:x">')).toBe('<img data-remote-src="javascript:x">');
});

test.each([
  ['<td bgcolor="#fff">x</td>', true],
  ['<p style="font-size: 12px; color: red">x</p>', true],
  ['<font color="blue">x</font>', true],
  ['<p style="margin: 0">x</p>', false],
  ["<p>background and color</p>", false],
])("a mail with colours of its own lies on paper: %s", (html, want) => {
  expect(hasOwnColours(html)).toBe(want);
});

test("style attributes wait under another name, words in the text stay", () => {
  expect(parkStyles('<p style="margin: 0">my style=bold</p>')).toBe('<p data-style="margin: 0">my style=bold</p>');
});

test("the frame's style sheet carries the page's colours", () => {
  expect(frameStyles({ font: "Inter", ...PAPER })).toContain(`color: ${PAPER.text}`);
});
