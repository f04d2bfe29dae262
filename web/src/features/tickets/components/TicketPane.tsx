import { useQuery } from "@tanstack/react-query";
import { IconMoodEmpty } from "@tabler/icons-react";
import { useDeferredValue, useEffect, useState } from "react";
import { ApiError } from "@/lib/api";
import { useTitle } from "@/lib/title";
import { Button, EmptyState, ErrorNote, SidePanel } from "@/ui";
import { useFlagTicket } from "../changes";
import { useT } from "../messages";
import { ticketQuery } from "../queries";
import { useTicketKeys } from "../use-ticket-keys";
import { AddContact } from "./Associate";
import { ConversationView } from "./ConversationView";
import { Details } from "./Details";
import { Header } from "./Header";
import classes from "./Pane.module.css";
import { ReplyArea } from "./ReplyArea";

export interface PaneProps {
  id: string;
  onBack: () => void;
  /** The ticket left the list: deleted, spam. */
  onGone: () => void;
  onNext?: () => void;
  onPrevious?: () => void;
  /** Stands alone on the page. */
  wide?: boolean;
}

const READ_AFTER_MS = 500;

/**
 * A ticket: its header, its conversation with the editor, its details (TICK-1). The details come a moment after the
 * words, so that going from ticket to ticket keeps up with the keys.
 */
export function TicketPane(props: PaneProps) {
  const t = useT();
  const later = useDeferredValue(props.id);
  const ticket = useQuery(ticketQuery(later)).data;
  return (
    <div className={classes.pane} data-wide={props.wide || undefined}>
      <Middle key={props.id} {...props} />
      <aside className={classes.details} aria-label={t("details")}>
        <Details key={later} id={later} ticket={ticket} />
      </aside>
    </div>
  );
}

function Middle({ id, onBack, onGone, onNext }: PaneProps) {
  const t = useT();
  const query = useQuery(ticketQuery(id));
  const ticket = query.data;
  const [details, setDetails] = useState(false);
  const [tab, setTab] = useState<{ kind: "reply" | "comment"; at: number } | null>(null);
  useTitle(ticket?.properties.subject || t("number", { id }));
  useRead(id, ticket?.unread);
  const write = (kind: "reply" | "comment") => setTab({ kind, at: Date.now() });
  const actions = useTicketKeys({ id, ticket, onGone, onNext, onBack, write });
  if (query.isError && !ticket) return <Missing error={query.error} onRetry={() => void query.refetch()} onBack={onBack} />;
  return (
    <>
      <section className={classes.middle} aria-label={ticket?.properties.subject || t("number", { id })}>
        <Header id={id} ticket={ticket} actions={actions} onBack={onBack} onDetails={() => setDetails(true)} />
        <ConversationView ticketId={id} ticket={ticket} addContact={<AddContact ticketId={id} kind="primary" />} />
        {ticket && <ReplyArea ticket={ticket} request={tab} />}
      </section>
      <SidePanel open={details} onClose={() => setDetails(false)} title={t("details")} width={360}>
        {details && <Details id={id} ticket={ticket} flat />}
      </SidePanel>
    </>
  );
}

/** Reading marks as read, once the ticket has been on a visible page for a moment. */
function useRead(id: string, unread: boolean | undefined): void {
  const { mutate } = useFlagTicket();
  useEffect(() => {
    if (!unread) return;
    const mark = () => document.visibilityState === "visible" && mutate({ id, flag: "read" });
    const timer = setTimeout(mark, READ_AFTER_MS);
    document.addEventListener("visibilitychange", mark);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [id, unread, mutate]);
}

function Missing({ error, onRetry, onBack }: { error: unknown; onRetry: () => void; onBack: () => void }) {
  const t = useT();
  const gone = error instanceof ApiError && (error.status === 404 || error.status === 403 || error.status === 400);
  if (!gone) return <div className={classes.note}><ErrorNote error={error} title={t("loadFailed")} onRetry={onRetry} /></div>;
  return (
    <EmptyState icon={<IconMoodEmpty size={28} stroke={1.4} />} title={t("missing")} actions={<Button onClick={onBack}>{t("back")}</Button>}>
      {t("missingText")}
    </EmptyState>
  );
}
