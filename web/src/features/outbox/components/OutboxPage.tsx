import { useInfiniteQuery } from "@tanstack/react-query";
import { IconMailForward } from "@tabler/icons-react";
import { Link, useSearch } from "@tanstack/react-router";
import { useMe } from "@/lib/me";
import { shortAge, useMinute } from "@/lib/time";
import { useTitle } from "@/lib/title";
import { Button, buttonClass, cx, EmptyState, ErrorNote, Page, Skeleton } from "@/ui";
import { outboxQuery, type OutboxEntry } from "../api";
import { useT } from "../messages";
import classes from "./Outbox.module.css";
import { OutboxMessageView } from "./OutboxMessageView";

/** Mail kept because nothing sends it; the open message is in the address. */
export function OutboxPage() {
  const t = useT();
  const me = useMe();
  const { message } = useSearch({ strict: false }) as { message?: string };
  const outbox = useInfiniteQuery(outboxQuery);
  useTitle(t("title"));
  const items = outbox.data?.pages.flatMap((p) => p.results);
  const connect = <Link to="/settings/channels" className={buttonClass("plain", "small")}>{t("connect")}</Link>;
  return (
    <Page title={t("title")} actions={me.superAdmin ? connect : undefined}>
      {outbox.isError && !items && <ErrorNote error={outbox.error} onRetry={() => void outbox.refetch()} />}
      {items?.length === 0 && <EmptyState icon={<IconMailForward size={28} stroke={1.5} />} title={t("empty")}>{t("emptyText")}</EmptyState>}
      {(outbox.isPending || !!items?.length) && (
        <div className={classes.split} data-open={Boolean(message)}>
          <nav className={classes.list} aria-label={t("list")}>
            {outbox.isPending && [1, 2, 3, 4].map((i) => <Skeleton key={i} height={38} style={{ margin: "8px 16px", width: "auto" }} />)}
            {items?.map((item) => <OutboxRow key={item.id} item={item} active={item.id === message} />)}
            {outbox.hasNextPage && <Button kind="quiet" wide busy={outbox.isFetchingNextPage} onClick={() => void outbox.fetchNextPage()}>{t("more")}</Button>}
          </nav>
          <section className={classes.read} aria-label={t("title")}>
            {message ? <OutboxMessageView key={message} id={message} /> : <EmptyState title={t("choose")} />}
          </section>
        </div>
      )}
    </Page>
  );
}

function OutboxRow({ item, active }: { item: OutboxEntry; active: boolean }) {
  const t = useT();
  useMinute();
  return (
    <Link to="/outbox" search={{ message: item.id }} className={cx(classes.row, active && classes.active)} aria-current={active || undefined}>
      <span className={classes.subject}>{item.subject || t("noSubject")}</span>
      <time className={classes.meta} dateTime={item.at}>{shortAge(item.at)}</time>
      <span className={classes.meta}>{t("to", { names: item.to.join(", ") })}</span>
    </Link>
  );
}
