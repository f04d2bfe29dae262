import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { prefetchTicket, TicketPane } from "@/features/tickets";
import { useShortcuts } from "@/lib/keyboard";
import { useTicketList } from "../api";
import { readSearch } from "../filters";
import { useT } from "../messages";
import { neighbour } from "../rows";
import classes from "./ListPage.module.css";
import { ViewColumn } from "./ViewColumn";

/** A ticket beside its view: the list at the left, the conversation, the details (TICK-1). */
export function SplitPage() {
  const t = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { viewId: view, ticketId } = useParams({ strict: false }) as { viewId: string; ticketId: string };
  const raw = useSearch({ strict: false }) as Record<string, unknown>;
  const text = JSON.stringify(readSearch(raw));
  const search = useMemo(() => readSearch(JSON.parse(text) as Record<string, unknown>), [text]);
  const list = useTicketList(view, search);
  const { rows } = list;
  const next = neighbour(rows, ticketId, 1);
  const previous = neighbour(rows, ticketId, -1);
  const open = useCallback((id: string | undefined) => {
    if (id && id !== ticketId) void navigate({ to: "/views/$viewId/tickets/$ticketId", params: { viewId: view, ticketId: id }, search });
  }, [navigate, view, search, ticketId]);
  const back = useCallback(() => void navigate({ to: "/views/$viewId", params: { viewId: view }, search }), [navigate, view, search]);
  // What comes next is at hand before it is asked for: opening it takes no round trip (UX-5).
  useEffect(() => {
    const timer = setTimeout(() => [next, previous].forEach((id) => prefetchTicket(client, id)), 150);
    return () => clearTimeout(timer);
  }, [client, next, previous]);
  useShortcuts([
    { keys: "j", label: t("next"), scope: t("scopeList"), run: () => open(next) },
    { keys: "k", label: t("previous"), scope: t("scopeList"), run: () => open(previous) },
    { keys: "u", label: t("backToList"), scope: t("scopeList"), run: back },
  ]);
  const gone = () => {
    const after = next !== ticketId ? next : previous;
    if (after && after !== ticketId) open(after);
    else back();
  };
  return (
    <div className={classes.split}>
      <ViewColumn view={view} search={search} list={list} current={ticketId} />
      <TicketPane id={ticketId} onBack={back} onGone={gone} onNext={() => open(next)} onPrevious={() => open(previous)} />
    </div>
  );
}
