import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconArrowDown, IconMessages } from "@tabler/icons-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useMe } from "@/lib/me";
import { getPlace } from "@/lib/time";
import { Button, EmptyState, ErrorNote, Skeleton } from "@/ui";
import { blocks, countNew, newestSeen, type Block } from "../conversation";
import { useT } from "../messages";
import { conversationQuery, loadOlder } from "../queries";
import type { Item, Ticket, TicketEvent } from "../types";
import { CommentItem } from "./Comment";
import classes from "./Conversation.module.css";
import { Events } from "./Events";
import { MessageItem } from "./Message";

const NEAR = 48;

/** All threads of a ticket in the order of time: the newest in sight, older ones as one scrolls up, nothing jumps. */
export function ConversationView({ ticketId, ticket, addContact }: { ticketId: string; ticket: Ticket | undefined; addContact: ReactNode }) {
  const t = useT();
  const me = useMe();
  const query = useQuery(conversationQuery(ticketId));
  const items = query.data?.items;
  const scroll = useScroll(items, me.id);
  const older = useOlder(ticketId, scroll);
  const content = useMemo(() => blocks(items ?? [], dayName), [items]);
  return (
    <div className={classes.place}>
      <div className={classes.scroller} ref={scroll.box} onScroll={scroll.onScroll} tabIndex={0} role="log" aria-label={t("conversation")} aria-live="off">
        <div className={classes.inner} ref={scroll.inner}>
          {query.data?.before && <div className={classes.older} ref={older.mark}><Button size="small" kind="quiet" busy={older.busy} onClick={older.load}>{t("loadOlder")}</Button></div>}
          <ErrorNote error={older.error} title={t("olderFailed")} onRetry={older.load} />
          {query.isPending && <Ghosts />}
          {query.isError && !items && <ErrorNote error={query.error} title={t("conversationFailed")} onRetry={() => void query.refetch()} />}
          {content.map((b) => <BlockView key={b.key} block={b} ticketId={ticketId} ticket={ticket} />)}
          {items && ticket && !items.some((i) => i.kind === "message") && <Beginning ticket={ticket} addContact={addContact} />}
        </div>
      </div>
      {scroll.fresh > 0 && (
        <Button size="small" className={classes.pill} icon={<IconArrowDown size={14} aria-hidden />} onClick={scroll.toEnd}>{t("newBelow", { count: scroll.fresh })}</Button>
      )}
      <span role="status" className="sr-only">{scroll.fresh > 0 ? t("newBelow", { count: scroll.fresh }) : ""}</span>
    </div>
  );
}

function BlockView({ block, ticketId, ticket }: { block: Block; ticketId: string; ticket: Ticket | undefined }) {
  const first = block.items[0];
  const several = (ticket?.threads.length ?? 0) > 1;
  return (
    <>
      {block.day && <div className={classes.day}><span>{block.day}</span></div>}
      {first?.kind === "message" && <MessageItem message={first} ticketId={ticketId} via={several ? ticket?.threads.find((th) => th.id === first.threadId)?.channelAddress : undefined} />}
      {first?.kind === "comment" && <CommentItem comment={first} />}
      {first?.kind === "event" && <Events events={block.items as TicketEvent[]} />}
    </>
  );
}

function Beginning({ ticket, addContact }: { ticket: Ticket; addContact: ReactNode }) {
  const t = useT();
  const known = ticket.contacts.length > 0;
  return (
    <EmptyState icon={<IconMessages size={28} stroke={1.4} />} title={t("noConversation")} actions={known ? undefined : addContact}>
      {t(known ? "noConversationContact" : "noConversationNoContact")}
    </EmptyState>
  );
}

function Ghosts() {
  return [96, 148, 88].map((height, i) => <Skeleton key={i} height={height} style={{ borderRadius: 10, marginInline: i % 2 ? "40px 0" : "0 40px", width: "auto" }} />);
}

/** Keeps the end in sight until the reader leaves it; counts what arrives meanwhile. */
function useScroll(items: Item[] | undefined, myId: string) {
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const top = useRef(0);
  const seen = useRef<string | null>(null);
  const [fresh, setFresh] = useState(0);
  const toEnd = useCallback(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
    stuck.current = true;
    setFresh(0);
  }, []);
  const onScroll = () => {
    const el = box.current;
    if (!el) return;
    const near = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR;
    // Only a reader who goes up leaves the end: a frame that grows, or the editor that opens, does not.
    if (near || el.scrollTop < top.current - 1) stuck.current = near;
    top.current = el.scrollTop;
    if (!stuck.current) return;
    seen.current = newestSeen(items ?? []);
    setFresh(0);
  };
  useLayoutEffect(() => {
    if (!items) return;
    if (stuck.current || items.at(-1)?.kind !== "event" && (items.at(-1) as { pending?: boolean }).pending) {
      toEnd();
      seen.current = newestSeen(items);
    } else {
      setFresh(countNew(items, seen.current, myId));
    }
  }, [items, myId, toEnd]);
  useEffect(() => {
    const el = inner.current;
    if (!el) return;
    // Pictures and frames grow after they are drawn, and the editor takes its room: the end stays the end.
    const watch = new ResizeObserver(() => stuck.current && box.current && (box.current.scrollTop = box.current.scrollHeight));
    watch.observe(el);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return { box, inner, onScroll, toEnd, fresh, stuck };
}

/** Loads older items when their place comes near, and keeps what is read where it is. */
function useOlder(ticketId: string, { box, stuck }: Pick<ReturnType<typeof useScroll>, "box" | "stuck">) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const from = useRef<{ height: number; top: number } | null>(null);
  const running = useRef(false);
  const load = useCallback(() => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    loadOlder(client, ticketId).catch(setError).finally(() => {
      const el = box.current;
      from.current = el ? { height: el.scrollHeight, top: el.scrollTop } : null;
      running.current = false;
      setBusy(false);
    });
  }, [client, ticketId, box]);
  useLayoutEffect(() => {
    const el = box.current;
    const before = from.current;
    from.current = null;
    // The browser's own anchoring does this where it can; then nothing is left to correct.
    if (el && before && !stuck.current && el.scrollTop === before.top) el.scrollTop = before.top + el.scrollHeight - before.height;
  });
  const watcher = useRef<IntersectionObserver | null>(null);
  const mark = useCallback((el: HTMLElement | null) => {
    watcher.current?.disconnect();
    if (!el || !box.current) return;
    watcher.current = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && !stuck.current && load(), { root: box.current, rootMargin: "300px 0px 0px" });
    watcher.current.observe(el);
  }, [box, stuck, load]);
  return { busy, error, load, mark };
}

function dayName(iso: string): string {
  const { locale, timeZone } = getPlace();
  const at = new Date(iso);
  const year = at.getUTCFullYear() === new Date().getUTCFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { timeZone, weekday: "long", day: "numeric", month: "long", year }).format(at);
}
