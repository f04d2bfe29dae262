/** Pure: what the editor needs to know of a ticket, and what stands in the conversation while a reply is on its way. */
import type { Address, Attachment, Comment, Item, Message, Ticket } from "./types";

/** Our own addresses: they are never written to. */
export function ownAddresses(ticket: Ticket, supportAddress: string): string[] {
  return [...new Set([...ticket.replyChannels.map((c) => c.address), ...ticket.threads.map((th) => th.channelAddress), supportAddress].filter(Boolean))];
}

/** The message that a reply to a thread answers: the last one a person wrote there. */
export function answeredIn(items: readonly Item[], threadId: string | null): Message | undefined {
  return items.findLast((i): i is Message => i.kind === "message" && !i.pending && i.nature === "message" && (threadId === null || i.threadId === threadId));
}

/** The thread a reply goes to unless another is chosen: the one last spoken in. */
export function liveliestThread(ticket: Ticket, items: readonly Item[]): string | null {
  const last = items.findLast((i): i is Message => i.kind === "message");
  return last && ticket.threads.some((th) => th.id === last.threadId) ? last.threadId : (ticket.threads.at(-1)?.id ?? null);
}

/** Where a first message goes: the primary contact. */
export function firstRecipients(ticket: Ticket): Address[] {
  const contact = ticket.contacts.find((c) => c.primary && c.email) ?? ticket.contacts.find((c) => c.email);
  return contact ? [{ name: contact.name, email: contact.email }] : [];
}

export interface Draft {
  kind: "reply" | "comment";
  html: string;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  threadId: string | null;
  attachments: Attachment[];
}

interface Author {
  id: string;
  name: string;
  email: string;
}

/** What the reader sees between the button and the server's answer. */
export function standIn(draft: Draft, author: Author, at: string, id: string): Message | Comment {
  if (draft.kind === "comment") {
    return { kind: "comment", id, at, author: { userId: author.id, name: author.name }, html: draft.html, text: "", mentions: { users: [], teams: [] }, attachments: draft.attachments, pending: true };
  }
  return {
    kind: "message", id, at, threadId: draft.threadId ?? "", direction: "out", nature: "message", from: { name: author.name, email: author.email, userId: author.id, contactId: null },
    to: draft.to, cc: draft.cc, bcc: draft.bcc, subject: "", html: draft.html, text: "", hasQuote: false, remoteImages: 0, attachments: draft.attachments,
    delivery: { state: "sending", error: null, attempts: 0, nextTryAt: null, sentAt: null, outbox: false }, hasOriginal: false, pending: true,
  };
}
