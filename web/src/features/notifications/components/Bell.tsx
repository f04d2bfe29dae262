import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { IconBell } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime, shortAge, useMinute } from "@/lib/time";
import { Button, cx, EmptyState, ErrorNote, IconButton, Pop, Skeleton } from "@/ui";
import { notificationsQuery, useMarkRead, type Notification } from "../api";
import { useT } from "../messages";
import classes from "./Bell.module.css";

/** The bell with its count, and the list behind it. */
export function Bell({ onGo }: { onGo?: () => void }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const list = useInfiniteQuery(notificationsQuery);
  const unread = list.data?.pages[0]?.unread ?? 0;
  return (
    <Pop
      open={open}
      onChange={setOpen}
      label={t("title")}
      align="start"
      trigger={
        <IconButton className={classes.place} label={unread ? t("unread", { count: unread }) : t("title")} onClick={() => setOpen(!open)}>
          <IconBell size={18} stroke={1.7} />
          {unread > 0 && <span className={classes.count} aria-hidden>{unread > 99 ? "99+" : unread}</span>}
        </IconButton>
      }
    >
      <NotificationList onDone={() => { setOpen(false); onGo?.(); }} unread={unread} />
    </Pop>
  );
}

function NotificationList({ unread, onDone }: { unread: number; onDone: () => void }) {
  const t = useT();
  useMinute();
  const navigate = useNavigate();
  const list = useInfiniteQuery(notificationsQuery);
  const read = useMarkRead();
  const items = list.data?.pages.flatMap((p) => p.results);
  const open = (n: Notification) => {
    if (!n.read) read.mutate([n.id]);
    if (n.ticketId) void navigate({ to: "/tickets/$ticketId", params: { ticketId: n.ticketId } });
    else if (n.kind === "channel_down") void navigate({ to: "/settings/channels" });
    else if (n.kind === "webhook_paused") void navigate({ to: "/settings/webhooks" });
    onDone();
  };
  return (
    <div className={classes.panel}>
      <div className={classes.head}>
        <h2>{t("title")}</h2>
        {unread > 0 && <Button kind="quiet" size="small" onClick={() => read.mutate(undefined)}>{t("allRead")}</Button>}
      </div>
      <div className={classes.list}>
        {list.isError && !items && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && [1, 2, 3].map((i) => <Skeleton key={i} height={36} style={{ margin: "8px 10px", width: "auto" }} />)}
        {items?.length === 0 && <EmptyState title={t("empty")}>{t("emptyText")}</EmptyState>}
        {items?.map((n) => (
          <button key={n.id} type="button" className={cx(classes.item, !n.read && classes.unread)} onClick={() => open(n)}>
            <span className={classes.dot} />
            <span className={classes.title}>{n.title}</span>
            <time className={classes.age} dateTime={n.at} title={dayAndTime(n.at)}>{shortAge(n.at)}</time>
            {n.body && <span className={classes.body}>{n.body}</span>}
          </button>
        ))}
        {list.hasNextPage && <Button kind="quiet" size="small" wide busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more")}</Button>}
      </div>
    </div>
  );
}
