import { useVirtualizer } from "@tanstack/react-virtual";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { prefetchTicket, useDirectory, type Row } from "@/features/tickets";
import { useQueryClient } from "@tanstack/react-query";
import { useLook } from "@/lib/preferences";
import { useMinute } from "@/lib/time";
import { Button, ErrorNote } from "@/ui";
import { nextSort, sortOf, type ListSearch } from "../filters";
import { useT } from "../messages";
import { arrivedAbove } from "../rows";
import { SkeletonRows } from "./SkeletonRows";
import classes from "./Table.module.css";
import { TableRow } from "./TableRow";

interface Props {
  view: string;
  rows: readonly Row[];
  loading: boolean;
  more: boolean;
  moreError: unknown;
  loadMore: () => void;
  cursor: string | undefined;
  selected: ReadonlySet<string>;
  search: ListSearch;
  /** Under this name the scroll position is kept when one comes back. */
  memory: string;
  onSort: (sort: string | undefined) => void;
  onOpen: (id: string) => void;
  onToggle: (id: string, range: boolean) => void;
  onToggleAll: () => void;
}

const COLUMNS = [
  { key: "contact", sort: undefined, first: "asc" },
  { key: "subject", sort: "subject", first: "asc" },
  { key: "status", sort: "hs_pipeline_stage", first: "asc" },
  { key: "priority", sort: "hs_ticket_priority", first: "desc" },
  { key: "owner", sort: "hubspot_owner_id", first: "asc" },
  { key: "age", sort: "lastMessageAt", first: "desc" },
] as const;

const offsets = new Map<string, number>();
const PHONE = "(max-width: 640px)";

/** The list as a table: only what is in sight is drawn, as plain elements. */
export function TicketTable(props: Props) {
  const { rows, loading, more, loadMore, cursor, selected, memory } = props;
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const height = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (i) => rows[i]?.id ?? i,
    overscan: 14,
    initialOffset: () => offsets.get(memory) ?? 0,
  });
  useEffect(() => virtual.measure(), [height, virtual]);
  const arrived = useSteady(scroller, rows, height);
  useKeepInSight(rows, cursor, virtual.scrollToIndex);
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && rows.length > 0 && last >= rows.length - 20) loadMore();
  }, [more, last, rows.length, loadMore]);
  useEffect(() => {
    const box = scroller.current;
    return () => void (box && offsets.set(memory, box.scrollTop));
  }, [memory]);
  return (
    <div className={classes.frame}>
      <div className={classes.table} role="table" aria-rowcount={more ? -1 : rows.length + 1} aria-busy={loading}>
        <Head {...props} />
        <div className={classes.scroller} ref={scroller} role="rowgroup" tabIndex={-1}>
          {loading && <SkeletonRows height={height} />}
          <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
            <Rows {...props} height={height} items={virtual.getVirtualItems()} selected={selected} />
          </div>
          {Boolean(props.moreError) && <div className={classes.foot}><ErrorNote error={props.moreError} title={t("moreFailed")} onRetry={loadMore} /></div>}
        </div>
      </div>
      {arrived > 0 && (
        <Button size="small" className={classes.arrived} onClick={() => scroller.current?.scrollTo({ top: 0 })} icon={<IconArrowUp size={14} aria-hidden />}>
          {t("arrived", { count: arrived })}
        </Button>
      )}
      <span className="sr-only" role="status">{arrived > 0 ? t("arrived", { count: arrived }) : ""}</span>
    </div>
  );
}

function Rows({ rows, items, height, view, search, cursor, selected, onOpen, onToggle }: Props & { height: number; items: readonly { index: number; start: number }[] }) {
  const minute = useMinute();
  const directory = useDirectory();
  const client = useQueryClient();
  const hover = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const intend = useCallback((id: string) => {
    clearTimeout(hover.current);
    hover.current = setTimeout(() => prefetchTicket(client, id), 80); // resting on a row, not passing over it
  }, [client]);
  return items.map((item) => {
    const row = rows[item.index];
    return row && (
      <TableRow
        key={row.id} row={row} view={view} search={search} index={item.index} top={item.start} height={height} cursor={row.id === cursor} selected={selected.has(row.id)}
        directory={directory} minute={minute} onOpen={onOpen} onToggle={onToggle} onIntend={intend}
      />
    );
  });
}

function Head({ rows, selected, search, onSort, onToggleAll }: Props) {
  const t = useT();
  const { sort } = search;
  const all = rows.length > 0 && selected.size >= rows.length;
  return (
    <div className={classes.head} role="row">
      <span role="columnheader" className={classes.pick}>
        <input
          type="checkbox" className={classes.check} aria-label={t("selectAll")} checked={all} disabled={rows.length === 0} onChange={onToggleAll}
          ref={(box) => { if (box) box.indeterminate = !all && selected.size > 0; }}
        />
      </span>
      {COLUMNS.map((c) => {
        const direction = c.sort ? sortOf(sort, c.sort) : "none";
        return (
          <span key={c.key} role="columnheader" className={classes[c.key]} aria-sort={c.sort ? direction : undefined}>
            {c.sort ? (
              <button type="button" className={classes.sort} onClick={() => onSort(nextSort(sort, c.sort, c.first))}>
                {t(c.key)}
                {direction === "ascending" && <IconArrowUp size={12} aria-hidden />}
                {direction === "descending" && <IconArrowDown size={12} aria-hidden />}
              </button>
            ) : t(c.key)}
          </span>
        );
      })}
    </div>
  );
}

/** 36, or 56 for two lines: when comfortable, and on a phone always. */
function useRowHeight(): number {
  const { density } = useLook();
  const [phone, setPhone] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const media = matchMedia(PHONE);
    const listen = () => setPhone(media.matches);
    media.addEventListener("change", listen);
    return () => media.removeEventListener("change", listen);
  }, []);
  return phone || density === "comfortable" ? 56 : 36;
}

/** Rows that arrive above don't push what one reads: the scroll moves with them, and they are counted instead (VIEW-5). */
function useSteady(scroller: React.RefObject<HTMLDivElement | null>, rows: readonly Row[], height: number): number {
  const before = useRef(rows);
  const [arrived, setArrived] = useState(0);
  useLayoutEffect(() => {
    const box = scroller.current;
    const old = before.current;
    before.current = rows;
    if (!box || old === rows || old.length === 0) return;
    const top = Math.floor(box.scrollTop / height);
    const anchor = old[top]?.id;
    const was = old.findIndex((r) => r.id === anchor);
    const is = rows.findIndex((r) => r.id === anchor);
    if (box.scrollTop < height || was < 0 || is < 0) return;
    if (is !== was) box.scrollTop += (is - was) * height;
    const more = arrivedAbove(old, rows, anchor);
    if (more > 0) setArrived((n) => n + more);
  }, [rows, height, scroller]);
  useEffect(() => {
    const box = scroller.current;
    const listen = () => box && box.scrollTop < height && setArrived(0);
    box?.addEventListener("scroll", listen, { passive: true });
    return () => box?.removeEventListener("scroll", listen);
  }, [scroller, height]);
  return arrived;
}

/** The row of the keys stays in sight, but only when the keys moved: a refresh never scrolls. */
function useKeepInSight(rows: readonly Row[], cursor: string | undefined, scrollTo: (index: number, options: { align: "auto" }) => void): void {
  const latest = useRef({ rows, scrollTo });
  useEffect(() => {
    latest.current = { rows, scrollTo };
  });
  useEffect(() => {
    const at = latest.current.rows.findIndex((r) => r.id === cursor);
    if (at >= 0) latest.current.scrollTo(at, { align: "auto" });
  }, [cursor]);
}
