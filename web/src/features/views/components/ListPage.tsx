import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useShortcuts } from "@/lib/keyboard";
import { useTitle } from "@/lib/title";
import { ErrorNote } from "@/ui";
import { countsQuery, useTicketList } from "../api";
import { isFiltered, readSearch, type ListSearch } from "../filters";
import { useT } from "../messages";
import { rangeOf } from "../rows";
import { useCursor } from "../use-cursor";
import { BulkBar } from "./BulkBar";
import { EmptyView, NothingFits } from "./Empty";
import { ExportMenu } from "./ExportMenu";
import { FilterBar } from "./FilterBar";
import classes from "./ListPage.module.css";
import { TicketTable } from "./TicketTable";
import type { ViewName } from "./ViewsNav";

/** A view as a table of tickets: the filters, the rows, what is selected. */
export function ListPage() {
  const { viewId } = useParams({ strict: false }) as { viewId: string };
  const raw = useSearch({ strict: false }) as Record<string, unknown>;
  const search = useStableSearch(raw);
  return <List key={viewId} view={viewId} search={search} />;
}

/** One object per content, so that nothing is asked or drawn twice. */
function useStableSearch(raw: Record<string, unknown>): ListSearch {
  const fresh = readSearch(raw);
  const text = JSON.stringify(fresh);
  const [held, setHeld] = useState({ text, search: fresh });
  if (held.text === text) return held.search;
  setHeld({ text, search: fresh });
  return fresh;
}

function List({ view, search }: { view: string; search: ListSearch }) {
  const t = useT();
  const navigate = useNavigate();
  const list = useTicketList(view, search);
  const { rows, query } = list;
  const title = t(view as ViewName);
  useTitle(title);
  const count = useQuery(countsQuery).data?.counts[view];
  const { cursor, setCursor, move } = useCursor(rows, remembered.get(view));
  const { selected, toggle, toggleAll, clear } = useSelection(rows);
  const open = (id: string | undefined) => id && void navigate({ to: "/views/$viewId/tickets/$ticketId", params: { viewId: view, ticketId: id }, search });
  const setSearch = (next: ListSearch) => void navigate({ to: "/views/$viewId", params: { viewId: view }, search: next });
  useEffect(() => void (cursor && remembered.set(view, cursor)), [view, cursor]);
  useShortcuts([
    { keys: "j", label: t("next"), scope: t("scopeList"), run: () => void move(1) },
    { keys: "k", label: t("previous"), scope: t("scopeList"), run: () => void move(-1) },
    { keys: "enter", label: t("openTicket"), scope: t("scopeList"), run: () => open(cursor) },
    { keys: "x", label: t("selectKey"), scope: t("scopeList"), run: () => cursor && toggle(cursor, false) },
    { keys: "escape", label: t("clearSelection"), scope: t("scopeList"), run: clear },
  ]);
  const empty = query.isSuccess && rows.length === 0;
  return (
    <section className={classes.page} aria-label={title}>
      <header className={classes.bar}>
        <h1>{title}</h1>
        <span className={classes.count}>{isFiltered(search) ? (list.total ?? "") : (count ?? "")}</span>
        <ExportMenu spec={list.spec} name={title} />
      </header>
      <FilterBar search={search} onChange={setSearch} />
      {query.isError && rows.length === 0 ? (
        <div className={classes.note}><ErrorNote error={query.error} title={t("loadFailed")} onRetry={() => void query.refetch()} /></div>
      ) : empty ? (
        isFiltered(search) ? <NothingFits onClear={() => setSearch({})} onEverywhere={search.q && view !== "open" ? () => void navigate({ to: "/views/$viewId", params: { viewId: "open" }, search: { q: search.q } }) : undefined} /> : <EmptyView view={view} />
      ) : (
        <TicketTable
          view={view} rows={rows} loading={query.isPending} more={list.more} moreError={list.moreError} loadMore={() => void list.loadMore()}
          cursor={cursor} selected={selected} search={search} memory={JSON.stringify(list.spec)}
          onSort={(sort) => setSearch({ ...search, sort })} onOpen={open} onToggle={(id, range) => { toggle(id, range); setCursor(id); }} onToggleAll={toggleAll}
        />
      )}
      {selected.size > 0 && <BulkBar ids={[...selected]} rows={rows} view={view} onDone={clear} />}
    </section>
  );
}

const remembered = new Map<string, string>();

function useSelection(rows: readonly { id: string }[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string>();
  const present = new Set(rows.filter((r) => chosen.has(r.id)).map((r) => r.id));
  const toggle = (id: string, range: boolean) => {
    const next = new Set(present);
    if (range && !next.has(id)) rangeOf(rows, last, id).forEach((i) => next.add(i));
    else if (!next.delete(id)) next.add(id);
    setChosen(next);
    setLast(id);
  };
  const clear = () => setChosen(new Set());
  const toggleAll = () => (present.size >= rows.length ? clear() : setChosen(new Set(rows.map((r) => r.id))));
  return { selected: present as ReadonlySet<string>, toggle, toggleAll, clear };
}
