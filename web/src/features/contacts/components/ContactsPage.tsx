import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { IconAddressBook, IconPlus, IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "@/lib/keyboard";
import { useTitle } from "@/lib/title";
import { Avatar, Button, cx, EmptyState, ErrorNote, Skeleton } from "@/ui";
import { contactQuery, contactsQuery, type ContactRow } from "../api";
import { displayName, readSearch } from "../model";
import { useT } from "../messages";
import classes from "./Contacts.module.css";
import { NewContact } from "./NewContact";

const ROW = 44;

/** Everybody who ever wrote, or was added: search, keys, open. */
export function ContactsPage() {
  const t = useT();
  useTitle(t("contacts"));
  const navigate = useNavigate();
  const { q = "" } = readSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const [making, setMaking] = useState(false);
  const [cursor, setCursor] = useState(0);
  const list = useInfiniteQuery(contactsQuery(q));
  const rows = list.data?.pages.flatMap((p) => p.results) ?? [];
  const at = Math.min(cursor, Math.max(rows.length - 1, 0));
  const open = (row: ContactRow | undefined) => row && void navigate({ to: "/contacts/$contactId", params: { contactId: row.id } });
  useShortcuts([
    { keys: "j", label: t("next"), scope: t("scope"), run: () => setCursor(Math.min(at + 1, rows.length - 1)) },
    { keys: "k", label: t("previous"), scope: t("scope"), run: () => setCursor(Math.max(at - 1, 0)) },
    { keys: "enter", label: t("open"), scope: t("scope"), run: () => open(rows[at]) },
  ]);
  return (
    <section className={classes.page} aria-label={t("contacts")}>
      <header className={classes.bar}>
        <h1>{t("contacts")}</h1>
        <SearchBox value={q} onChange={(next) => { setCursor(0); void navigate({ to: "/contacts", search: next ? { q: next } : {}, replace: true }); }} />
        <Button size="small" icon={<IconPlus size={14} aria-hidden />} onClick={() => setMaking(true)}>{t("new")}</Button>
      </header>
      {list.isError && rows.length === 0 ? <div className={classes.note}><ErrorNote error={list.error} title={t("loadFailed")} onRetry={() => void list.refetch()} /></div>
        : list.isSuccess && rows.length === 0 ? <EmptyState icon={<IconAddressBook size={28} stroke={1.4} />} title={t(q ? "nobody" : "empty")}>{t(q ? "nobodyText" : "emptyText")}</EmptyState>
        : <List rows={rows} loading={list.isPending} cursor={at} more={list.hasNextPage} error={list.isFetchNextPageError ? list.error : null} loadMore={() => void list.fetchNextPage()} />}
      <NewContact open={making} onClose={() => setMaking(false)} />
    </section>
  );
}

function List({ rows, loading, cursor, more, error, loadMore }: { rows: ContactRow[]; loading: boolean; cursor: number; more: boolean; error: unknown; loadMore: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12, getItemKey: (i) => rows[i]?.id ?? i });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !error && rows.length > 0 && last >= rows.length - 15) loadMore();
  }, [more, error, last, rows.length, loadMore]);
  const scrollTo = useRef(virtual.scrollToIndex);
  useEffect(() => {
    scrollTo.current = virtual.scrollToIndex;
  });
  useEffect(() => scrollTo.current(cursor, { align: "auto" }), [cursor]);
  return (
    <div className={classes.table} role="table" aria-busy={loading} aria-rowcount={more ? -1 : rows.length + 1}>
      <div className={classes.head} role="row">
        {(["name", "email", "phone", "company"] as const).map((c) => <span key={c} role="columnheader" className={classes[c]}>{t(c)}</span>)}
      </div>
      <div className={classes.scroller} ref={box} role="rowgroup" tabIndex={-1}>
        {loading && Array.from({ length: 10 }, (_, i) => <div key={i} style={{ height: ROW, padding: "14px 20px" }}><Skeleton width={`${25 + ((i * 13) % 30)}%`} /></div>)}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
          {items.map((item) => {
            const row = rows[item.index];
            return row && (
              <div key={row.id} role="row" aria-rowindex={item.index + 2} className={cx(classes.row, item.index === cursor && classes.cursor)} style={{ height: ROW, transform: `translateY(${item.start}px)` }} onPointerEnter={() => void client.prefetchQuery(contactQuery(row.id))}>
                <span role="cell" className={classes.name}>
                  <Avatar name={displayName(row)} seed={row.id} size={24} />
                  <Link to="/contacts/$contactId" params={{ contactId: row.id }}>{row.name || row.email || t("noName")}</Link>
                </span>
                <span role="cell" className={classes.email}>{row.email}</span>
                <span role="cell" className={classes.phone}>{row.phone}</span>
                <span role="cell" className={classes.company}>{row.companyName}</span>
              </div>
            );
          })}
        </div>
        {Boolean(error) && <div className={classes.note}><ErrorNote error={error} title={t("moreFailed")} onRetry={loadMore} /></div>}
      </div>
    </div>
  );
}

const PAUSE_MS = 200;

/** Searches as one types; the address follows. */
function SearchBox({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const t = useT();
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    const next = text.trim();
    if (next === value) return;
    const timer = setTimeout(() => tell.current(next), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  useShortcuts([{ keys: "/", label: t("search"), scope: t("scope"), run: () => input.current?.select() }]);
  return (
    <label className={classes.search}>
      <IconSearch size={14} aria-hidden />
      <input ref={input} type="search" aria-label={t("search")} placeholder={t("searchPlaceholder")} value={text} onChange={(e) => setText(e.target.value)} onBlur={() => text.trim() !== value && onChange(text.trim())} onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()} />
    </label>
  );
}
