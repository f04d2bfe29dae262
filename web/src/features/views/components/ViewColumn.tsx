import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { IconChevronLeft, IconPencil } from "@tabler/icons-react";
import { memo, useEffect, useRef } from "react";
import { contactName, PriorityIcon, rowAge, type Row } from "@/features/tickets";
import { shortAge, useMinute } from "@/lib/time";
import { cx, ErrorNote, Skeleton } from "@/ui";
import type { useTicketList } from "../api";
import type { ListSearch } from "../filters";
import { useT } from "../messages";
import classes from "./ListPage.module.css";
import type { ViewName } from "./ViewsNav";

interface Props {
  view: string;
  search: ListSearch;
  list: ReturnType<typeof useTicketList>;
  current: string;
}

const HEIGHT = 76;

/** The view's tickets beside the open one: who, about what, the latest words, how old, whether read. */
export function ViewColumn({ view, search, list, current }: Props) {
  const t = useT();
  const minute = useMinute();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, more, loadMore, query } = list;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => HEIGHT, getItemKey: (i) => rows[i]?.id ?? i, overscan: 8 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && rows.length > 0 && last >= rows.length - 10) void loadMore();
  }, [more, last, rows.length, loadMore]);
  const at = rows.findIndex((r) => r.id === current);
  const known = at >= 0;
  const scrollTo = useRef(virtual.scrollToIndex);
  const place = useRef(at);
  useEffect(() => {
    scrollTo.current = virtual.scrollToIndex;
    place.current = at;
  });
  useEffect(() => {
    if (known) scrollTo.current(place.current, { align: "auto" });
  }, [current, known]);
  const name = t(view as ViewName);
  return (
    <nav className={classes.column} aria-label={t("ticketList", { name })}>
      <div className={classes.columnHead}>
        <Link to="/views/$viewId" params={{ viewId: view }} search={search} aria-label={`${t("backToList")}: ${name}`}><IconChevronLeft size={16} aria-hidden />{name}</Link>
      </div>
      <div className={classes.columnScroll} ref={scroller}>
        {query.isPending && [0, 1, 2, 3, 4, 5].map((i) => <div key={i} style={{ height: HEIGHT, padding: "14px 20px" }}><Skeleton width="50%" /><Skeleton width="85%" height={12} style={{ marginTop: 10 }} /></div>)}
        {query.isError && rows.length === 0 && <div style={{ padding: 12 }}><ErrorNote error={query.error} title={t("loadFailed")} onRetry={() => void query.refetch()} /></div>}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row && <Card key={row.id} row={row} view={view} search={search} top={item.start} here={row.id === current} minute={minute} />;
          })}
        </div>
      </div>
    </nav>
  );
}

interface CardProps {
  row: Row;
  view: string;
  search: ListSearch;
  top: number;
  here: boolean;
  minute: number;
}

const Card = memo(function Card({ row, view, search, top, here }: CardProps) {
  const t = useT();
  return (
    <Link
      to="/views/$viewId/tickets/$ticketId" params={{ viewId: view, ticketId: row.id }} search={search} replace
      className={cx(classes.card, here && classes.here, row.unread && classes.fresh)} style={{ transform: `translateY(${top}px)` }} aria-current={here ? "page" : undefined}
    >
      <span className={classes.who}>{contactName(row.contact) || t("noContact")}{row.unread && <span className="sr-only">, {t("unread")}</span>}</span>
      <span className={classes.when}>
        {row.hasDraft && <IconPencil size={12} aria-label={t("draft")} />}
        <PriorityIcon priority={row.priority} loudOnly />
        {shortAge(rowAge(row))}
      </span>
      <span className={classes.about}>{row.subject || t("noSubject")}</span>
      <span className={classes.last}>{row.preview}</span>
    </Link>
  );
});
