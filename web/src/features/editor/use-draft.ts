import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { deleteDraft, draftKey, saveDraft, type Draft, type Drafts } from "./api";
import { DraftSaver, localCopy, type DraftState } from "./draft";
import { fromCids, hasContent, toCids } from "./sending";
import type { Content, WriteKind } from "./types";

/** The draft of one tab: where it starts, and how it is kept (REPLY-4). */
export function useDraft(ticketId: string, kind: WriteKind, drafts: Drafts, blank: () => Content, seen: () => string | null) {
  const client = useQueryClient();
  const stored = drafts[kind];
  const local = useMemo(() => localCopy<Content>(`${ticketId}.${kind}`, localStorage), [ticketId, kind]);
  // What this device could not hand over is newer than what the server has.
  const [start] = useState<Content>(() => forScreen(local.read() ?? (stored ? fromStored(stored) : blank())));
  const [state, setState] = useState<DraftState>("clean");
  const seenNow = useRef(seen);
  useEffect(() => {
    seenNow.current = seen;
  });
  const [saver] = useState(() => new DraftSaver<Content>({
    save: async (content, leaving) => keep(await saveDraft(ticketId, kind, content, seenNow.current(), leaving)),
    remove: async () => {
      keep(null);
      await deleteDraft(ticketId, kind);
    },
    isEmpty: (content) => !hasContent(content.html, content.attachments.length),
    local,
    changed: setState,
  }, Boolean(stored)));
  const keep = (draft: Draft | null) => client.setQueryData<Drafts>(draftKey(ticketId), (held) => ({ reply: null, comment: null, ...held, [kind]: draft }));

  useEffect(() => {
    const hide = () => document.visibilityState === "hidden" && void saver.flush(true);
    const leave = () => void saver.flush(true);
    const blur = () => void saver.flush();
    document.addEventListener("visibilitychange", hide);
    addEventListener("pagehide", leave);
    addEventListener("blur", blur);
    return () => {
      document.removeEventListener("visibilitychange", hide);
      removeEventListener("pagehide", leave);
      removeEventListener("blur", blur);
      saver.stop();
    };
  }, [saver]);

  const change = (content: Content) => {
    const mailed = forMail(content);
    saver.change(mailed);
    // The other tab, another ticket, and back: what was typed last is there before the server has it.
    keep({ ...mailed, seen: seenNow.current(), updatedAt: new Date().toISOString() });
  };
  const discard = async () => {
    keep(null);
    await saver.discard(true);
  };
  return { start, state, change, discard };
}

function fromStored(draft: Draft): Content {
  return { html: draft.html, to: draft.to ?? [], cc: draft.cc ?? [], bcc: draft.bcc ?? [], threadId: draft.threadId, channelId: draft.channelId, attachments: draft.attachments ?? [] };
}

/** On the screen pictures have our address, in mail and drafts their content id. */
export function forMail(content: Content): Content {
  return { ...content, html: toCids(content.html, content.attachments) };
}

function forScreen(content: Content): Content {
  return { ...content, html: fromCids(content.html, content.attachments) };
}
