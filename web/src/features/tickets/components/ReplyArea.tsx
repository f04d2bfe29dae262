import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconLock, IconMail } from "@tabler/icons-react";
import { Suspense, useEffect, useState } from "react";
import { draftsQuery, Editor, preloadEditor, replyAll, type Outgoing, type WriteKind } from "@/features/editor";
import { useMe } from "@/lib/me";
import { Kbd, Skeleton } from "@/ui";
import { addItem, dropItem, newestSeen, settleItem } from "../conversation";
import { useDirectory } from "../directory";
import { contactName } from "../display";
import { useT } from "../messages";
import { contactSearch, conversationKey, conversationQuery, ticketKey } from "../queries";
import { answeredIn, firstRecipients, liveliestThread, ownAddresses, standIn } from "../reply";
import type { Conversation, Item, Ticket } from "../types";
import { AddContact } from "./Associate";
import { useStageChoices } from "./HeaderFields";
import classes from "./Pane.module.css";

interface Props {
  ticket: Ticket;
  /** Asked for by a key or a button; the time makes each asking a new one. */
  request: { kind: WriteKind; at: number } | null;
}

/** Where one writes: a quiet bar until it is wanted or a draft waits, then the editor. */
export function ReplyArea({ ticket, request }: Props) {
  const drafts = useQuery(draftsQuery(ticket.id));
  const waiting = drafts.data?.reply ? "reply" : drafts.data?.comment ? "comment" : null;
  const [choice, setChoice] = useState<{ kind: WriteKind | null; at: number } | null>(null);
  const writable = ticket.can.reply && (ticket.contacts.length > 0 || ticket.threads.length > 0);
  const asked = request && (!choice || request.at > choice.at) ? request : choice;
  const wanted = asked ? asked.kind : waiting;
  const kind: WriteKind | null = wanted === "reply" && !writable ? null : wanted;
  const open = (next: WriteKind | null) => setChoice({ kind: next, at: Date.now() });
  useEffect(() => {
    const timer = setTimeout(preloadEditor, 400);
    return () => clearTimeout(timer);
  }, []);
  if (!kind) return <WriteBar ticket={ticket} writable={writable} onOpen={open} />;
  if (!drafts.isFetched) return <div className={classes.waiting}><Skeleton height={20} width="40%" /></div>;
  return (
    <Suspense fallback={<div className={classes.waiting}><Skeleton height={20} width="40%" /></div>}>
      <Writing ticket={ticket} kind={kind} writable={writable} asked={asked?.at ?? 0} onKind={open} />
    </Suspense>
  );
}

function WriteBar({ ticket, writable, onOpen }: { ticket: Ticket; writable: boolean; onOpen: (kind: WriteKind) => void }) {
  const t = useT();
  const name = contactName(ticket.contacts.find((c) => c.primary) ?? ticket.contacts[0]) || ticket.threads[0]?.participants[0]?.email || "";
  return (
    <div className={classes.writeBar} onPointerEnter={preloadEditor}>
      {writable ? (
        <button type="button" onClick={() => onOpen("reply")}>
          <IconMail size={16} stroke={1.6} aria-hidden />
          <span>{t("replyTo", { name })}</span>
          <Kbd keys="r" />
        </button>
      ) : ticket.can.reply && <AddContact ticketId={ticket.id} kind="plain" />}
      <button type="button" className={classes.asComment} onClick={() => onOpen("comment")}>
        <IconLock size={16} stroke={1.6} aria-hidden />
        <span>{t("comment")}</span>
        <Kbd keys="c" />
      </button>
    </div>
  );
}

const NOTHING: Item[] = [];

function Writing({ ticket, kind, writable, asked, onKind }: { ticket: Ticket; kind: WriteKind; writable: boolean; asked: number; onKind: (kind: WriteKind | null) => void }) {
  const me = useMe();
  const client = useQueryClient();
  const { users, teams } = useDirectory();
  const drafts = useQuery(draftsQuery(ticket.id)).data;
  const conversation = useQuery(conversationQuery(ticket.id)).data;
  const items = conversation?.items ?? NOTHING;
  const statuses = useStageChoices(ticket.properties.hs_pipeline);
  const own = ownAddresses(ticket, me.account.supportAddress);
  const key = conversationKey(ticket.id);
  const edit = (change: (held: Conversation) => Conversation) => client.setQueryData<Conversation>(key, (held) => held && change(held));
  const posting = (draft: Outgoing) => {
    const id = `local-${Date.now()}`;
    edit((held) => addItem(held, standIn(draft, me, new Date().toISOString(), id)));
    return id;
  };
  const posted = (id: string, item: unknown) => {
    edit((held) => settleItem(held, id, item as Item));
    for (const queryKey of [ticketKey(ticket.id), ["ticket", "list"], ["counts"]]) void client.invalidateQueries({ queryKey });
  };
  return (
    <Editor
      ticketId={ticket.id} kind={kind} onKind={onKind} writable={writable} asked={asked} drafts={drafts ?? { reply: null, comment: null }}
      threads={ticket.threads.map((th) => ({ id: th.id, channelId: th.channelId, label: th.subject || th.channelAddress, address: th.channelAddress }))}
      channels={ticket.replyChannels.map((c) => ({ id: c.channelId, name: c.name, address: c.address }))}
      thread={liveliestThread(ticket, items)}
      recipientsFor={(threadId) => {
        const answered = answeredIn(items, threadId);
        const replyTo = answered?.direction === "in" ? ticket.threads.find((th) => th.id === threadId)?.replyTo : undefined;
        return replyAll(answered && { ...answered, replyTo }, own, firstRecipients(ticket));
      }}
      latest={newestSeen(items) ?? (conversation ? ticket.id : null)} // ids grow with time: who saw an empty ticket saw nothing newer than itself
      users={users.filter((u) => u.active && u.id !== me.id)} teams={teams} statuses={statuses}
      searchPeople={async (query) => (await client.fetchQuery(contactSearch(query))).filter((c) => c.email).map((c) => ({ name: c.name, email: c.email }))}
      onPosting={posting} onPosted={posted} onRefused={(id) => edit((held) => dropItem(held, id))}
      onAdvanced={() => client.invalidateQueries({ queryKey: key })}
    />
  );
}
