import { expect, test } from "vitest";
import { attachmentIdsFor, begin, done, edited, fromCids, hasContent, mentionsIn, refused, toCids, type Sending } from "./sending";

const writing: Sending = { step: "writing" };
const why = { code: "", offline: false, status: 400, message: "no", itemIds: [] };
let n = 0;
const fresh = () => `k${++n}`;

test("REPLY-5 a second press while it is sent sends nothing", () => {
  const going = begin(writing, fresh);
  expect(begin(going, fresh)).toBe(going);
});

test("REPLY-5 without an answer a retry repeats its key, so that nothing is sent twice", () => {
  const going = begin(writing, fresh);
  const lost = refused(going, { ...why, offline: true, status: 0 });
  expect(begin(lost, fresh)).toEqual(going);
  const broken = refused(going, { ...why, status: 503 });
  expect(begin(broken, fresh)).toEqual(going);
});

test("after a refusal, or with another text, it is another reply", () => {
  const going = begin(writing, fresh);
  const key = going.step === "sending" ? going.key : "";
  const no = refused(going, why);
  expect(no).toMatchObject({ step: "failed", message: "no", retry: false });
  expect(begin(no, fresh)).not.toMatchObject({ key });
  const lost = refused(going, { ...why, offline: true });
  expect(begin(edited(lost), fresh)).not.toMatchObject({ key });
});

test("TICK-6 a crossed reply is held, with what crossed it", () => {
  const held = refused(begin(writing, fresh), { ...why, code: "THREAD_ADVANCED", status: 409, itemIds: ["5"] });
  expect(held).toEqual({ step: "crossed", itemIds: ["5"] });
  expect(edited(held)).toBe(held);
  expect(begin(held, fresh).step).toBe("sending");
});

test("an answer that comes when nothing is sent changes nothing", () => {
  expect(refused(writing, why)).toBe(writing);
  expect(done()).toEqual(writing);
});

test.each([
  ["<p></p>", 0, false],
  ["<p>&nbsp; <br></p>", 0, false],
  ["<p>x</p>", 0, true],
  ['<p><img src="cid:1"></p>', 0, true],
  ["", 1, true],
])("%j with %i files has something to send: %s", (html, files, want) => {
  expect(hasContent(html, files)).toBe(want);
});

test("REPLY-1 mentions are read from the text, each once", () => {
  const html = '<p><span class="mention" data-type="mention" data-id="user:7" data-label="Ada">@Ada</span> <span data-id="team:3" data-type="mention">@Billing</span><span data-type="mention" data-id="user:7">@Ada</span></p>';
  expect(mentionsIn(html)).toEqual({ users: ["7"], teams: ["3"] });
  expect(mentionsIn('<span data-id="user:7">no mention</span>')).toEqual({ users: [], teams: [] });
});

test("REPLY-2 pictures have our address on screen and their content id in the mail", () => {
  const pictures = [{ id: "5", contentId: "p5@desk", url: "/helpdesk/v1/attachments/5?a=1&b=2" }, { id: "6", contentId: null, url: "/helpdesk/v1/attachments/6" }];
  const screen = '<p><img src="/helpdesk/v1/attachments/5?a=1&amp;b=2"><img src="/helpdesk/v1/attachments/6"></p>';
  const mail = '<p><img src="cid:p5@desk"><img src="cid:6"></p>';
  expect(toCids(screen, pictures)).toBe(mail);
  expect(fromCids(mail, pictures)).toBe(screen);
});

test("a picture that was taken out of the text does not go along, a file does", () => {
  const files = [{ id: "5", inline: true, contentId: null }, { id: "6", inline: true, contentId: "p6" }, { id: "7", inline: false, contentId: null }];
  expect(attachmentIdsFor('<img src="cid:p6">', files)).toEqual(["6", "7"]);
});
