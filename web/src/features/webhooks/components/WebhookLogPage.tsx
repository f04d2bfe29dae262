import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { IconWebhook } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime } from "@/lib/time";
import { Button, buttonClass, EmptyState, ErrorNote, Pill, Row, RowItem, RowList, Segments, SettingsPage, Skeleton, toast, toastError } from "@/ui";
import { deliveriesQuery, hookQuery, useReplay } from "../api";
import { useT } from "../messages";
import { healthOf, outcomeOf, type Delivery, type Hook } from "../model";
import { DeliveryDialog } from "./DeliveryDialog";
import classes from "./Webhooks.module.css";
import { useHookActs, useHookNote } from "./WebhooksPage";

/** What a webhook was sent, and what it answered; from here it is sent again. */
export function WebhookLogPage() {
  const t = useT();
  const { webhookId } = useParams({ from: "/shell/settings/webhooks/$webhookId" });
  const hook = useQuery(hookQuery(webhookId));
  return (
    <SettingsPage title={hook.data?.name ?? t("title")} lead={hook.data && <HookLead hook={hook.data} />} actions={<Link to="/settings/webhooks" className={buttonClass()}>{t("back")}</Link>}>
      <ErrorNote error={hook.error} onRetry={() => void hook.refetch()} />
      {hook.data && <Log hook={hook.data} />}
    </SettingsPage>
  );
}

function HookLead({ hook }: { hook: Hook }) {
  const health = healthOf(hook);
  return <><Pill tone={health.tone} dot>{health.label}</Pill> <span className={classes.note}>{useHookNote(hook)}</span></>;
}

function Log({ hook }: { hook: Hook }) {
  const t = useT();
  const [which, setWhich] = useState<"all" | "failed">("all");
  const [open, setOpen] = useState<string | null>(null);
  const list = useInfiniteQuery(deliveriesQuery(hook.id, which === "failed"));
  const act = useHookActs(hook);
  const replay = useReplay();
  const again = (ids?: string[]) => replay.mutate({ id: hook.id, ids }, { onSuccess: () => toast(t("replaying")), onError: toastError });
  const deliveries = list.data?.pages.flatMap((p) => p.results) ?? [];
  return (
    <>
      <div className={classes.bar}>
        <Segments label={t("show")} name="which" value={which} onChange={setWhich} choices={[{ value: "all", label: t("all") }, { value: "failed", label: t("failed") }]} />
        <Row>
          {which === "failed" && deliveries.length > 0 && <Button busy={replay.isPending} onClick={() => again()}>{t("replayFailed")}</Button>}
          <Button busy={act.busy} disabled={!hook.url} onClick={act.test}>{t("test")}</Button>
          {hook.state === "paused" && <Button kind="primary" busy={act.busy} onClick={() => act.turn("resume")}>{t("resume")}</Button>}
        </Row>
      </div>
      <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && [1, 2, 3].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {list.data && deliveries.length === 0 && <EmptyState icon={<IconWebhook size={28} stroke={1.5} />} title={t("emptyLog")}>{t("emptyLogText")}</EmptyState>}
      {deliveries.length > 0 && (
        <RowList label={t("log")}>
          {deliveries.map((d) => <DeliveryRow key={d.id} delivery={d} onOpen={() => setOpen(d.id)} onAgain={() => again([d.id])} />)}
        </RowList>
      )}
      {list.hasNextPage && <div className={classes.more}><Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("loadMore")}</Button></div>}
      {open && <DeliveryDialog hook={hook.id} delivery={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function DeliveryRow({ delivery, onOpen, onAgain }: { delivery: Delivery; onOpen: () => void; onAgain: () => void }) {
  const t = useT();
  const outcome = outcomeOf(delivery);
  const note = [
    dayAndTime(delivery.attemptedAt ?? delivery.createdAt),
    delivery.attempts > 1 && t("attempts", { count: delivery.attempts }),
    delivery.attempts > 0 && t("took", { ms: Math.round(delivery.tookMillis) }),
    delivery.error,
    delivery.state === "replayed" && t("sentAgain"),
  ].filter(Boolean).join(" · ");
  return (
    <RowItem title={<button type="button" className={classes.open} onClick={onOpen}>{delivery.types}</button>} note={note}>
      <Pill tone={outcome.tone} dot>{outcome.label}</Pill>
      <Button size="small" disabled={delivery.state === "waiting"} onClick={onAgain}>{t("replay")}</Button>
    </RowItem>
  );
}
