/** The road of one reply from the button to the answer. A pure machine; the component draws its states. */

export type Sending =
  | { step: "writing" }
  | { step: "sending"; key: string }
  /** Somebody was faster: their message is shown first, and the author is asked (TICK-6). */
  | { step: "crossed"; itemIds: string[] }
  /** Refused or not answered: the text stays, and a retry repeats the key, so that nothing is sent twice. */
  | { step: "failed"; key: string; message: string; retry: boolean };

export interface Refusal {
  code: string;
  offline: boolean;
  status: number;
  message: string;
  itemIds: readonly string[];
}

export function begin(now: Sending, fresh: () => string): Sending {
  if (now.step === "sending") return now;
  const key = now.step === "failed" && now.retry ? now.key : fresh();
  return { step: "sending", key };
}

export function refused(now: Sending, why: Refusal): Sending {
  if (now.step !== "sending") return now;
  if (why.code === "THREAD_ADVANCED") return { step: "crossed", itemIds: [...why.itemIds] };
  // Without an answer it may have been sent; with a server's refusal it was not, and the words may have to change.
  const retry = why.offline || why.status >= 500;
  return { step: "failed", key: now.key, message: why.message, retry };
}

/** A changed text is another reply: its key must not be that of the first. */
export function edited(now: Sending): Sending {
  return now.step === "failed" ? { step: "writing" } : now;
}

export function done(): Sending {
  return { step: "writing" };
}

/** Whether there is anything to send: words, a picture, or a file. */
export function hasContent(html: string, attachments: number): boolean {
  if (attachments > 0) return true;
  if (/<img\s/i.test(html)) return true;
  return html.replace(/<[^>]*>/g, "").replace(/&nbsp;|\u00a0/g, " ").trim() !== "";
}

/** Mentions as the editor writes them: <span data-type="mention" data-id="user:7">. */
export function mentionsIn(html: string): { users: string[]; teams: string[] } {
  const users = new Set<string>();
  const teams = new Set<string>();
  for (const tag of html.matchAll(/<span\b[^>]*\bdata-type="mention"[^>]*>/g)) {
    const found = /\bdata-id="(user|team):(\d+)"/.exec(tag[0]);
    if (found?.[2]) (found[1] === "user" ? users : teams).add(found[2]);
  }
  return { users: [...users], teams: [...teams] };
}

/** A picture in the text is named by its content id, as mail wants it: the address of ours is for the screen only. */
export function toCids(html: string, pictures: readonly { id: string; contentId: string | null; url: string }[]): string {
  return pictures.reduce((text, p) => text.replaceAll(`src="${escapeAttribute(p.url)}"`, `src="cid:${p.contentId ?? p.id}"`), html);
}

export function fromCids(html: string, pictures: readonly { id: string; contentId: string | null; url: string }[]): string {
  return pictures.reduce((text, p) => text.replaceAll(`src="cid:${p.contentId ?? p.id}"`, `src="${escapeAttribute(p.url)}"`), html);
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

/** Which files still belong: pictures that were deleted from the text don't. */
export function attachmentIdsFor(html: string, files: readonly { id: string; inline: boolean; contentId: string | null }[]): string[] {
  return files.filter((f) => !f.inline || html.includes(`cid:${f.contentId ?? f.id}`)).map((f) => f.id);
}
