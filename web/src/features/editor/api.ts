import { queryOptions } from "@tanstack/react-query";
import { api, type Answers, type Schemas } from "@/lib/api";
import { attachmentIdsFor, mentionsIn } from "./sending";
import type { Content, WriteKind } from "./types";

export type Draft = Schemas["ConversationDraft"];

export type Drafts = Record<WriteKind, Draft | null>;

export const draftKey = (ticketId: string) => ["draft", ticketId] as const;

export const draftsQuery = (ticketId: string) =>
  queryOptions({ queryKey: draftKey(ticketId), queryFn: ({ signal }) => api.get<Answers["GET /tickets/{id}/drafts"]>(`/tickets/${ticketId}/drafts`, { signal }), staleTime: 60_000 });

const KEEPALIVE_MOST = 60_000;

/** `content.html` has its pictures as cid: here. */
export function saveDraft(ticketId: string, kind: WriteKind, content: Content, seen: string | null, leaving: boolean): Promise<Draft> {
  const { html, to, cc, bcc, threadId, channelId } = content;
  const body = { html, to, cc, bcc, threadId, channelId, seen, attachmentIds: attachmentIdsFor(html, content.attachments) };
  return api.put<Answers["PUT /tickets/{id}/drafts/{kind}"]>(`/tickets/${ticketId}/drafts/${kind}`, body, { keepalive: leaving && JSON.stringify(body).length < KEEPALIVE_MOST });
}

export function deleteDraft(ticketId: string, kind: WriteKind): Promise<void> {
  return api.delete(`/tickets/${ticketId}/drafts/${kind}`);
}

interface Send {
  ticketId: string;
  kind: WriteKind;
  content: Content;
  seen: string | null;
  stageId: string | undefined;
  key: string;
}

export function send({ ticketId, kind, content, seen, stageId, key }: Send): Promise<unknown> {
  const { html, to, cc, bcc, threadId, channelId } = content;
  const attachmentIds = attachmentIdsFor(html, content.attachments);
  const options = { idempotencyKey: key };
  if (kind === "comment") return api.post<Answers["POST /tickets/{id}/comments"]>(`/tickets/${ticketId}/comments`, { html, mentions: mentionsIn(html), attachmentIds }, options);
  return api.post<unknown>(
    `/tickets/${ticketId}/replies`,
    { threadId: threadId ?? undefined, channelId: channelId ?? undefined, to, cc, bcc, html, attachmentIds, stageId, seen: seen ?? undefined },
    options,
  );
}
