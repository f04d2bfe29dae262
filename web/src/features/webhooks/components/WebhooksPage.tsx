import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { IconDots, IconWebhook } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime } from "@/lib/time";
import { Button, buttonClass, EmptyState, ErrorNote, IconButton, Menu, Pill, RowItem, RowList, SettingsPage, Skeleton, toast, toastError } from "@/ui";
import { hooksQuery, useSwitchHook, useTestHook } from "../api";
import { useT } from "../messages";
import { healthOf, type Delivery, type Hook } from "../model";
import { NewHookSecret, RemoveHook } from "./WebhookEnds";
import { WebhookDialog } from "./WebhookDialog";

type What = "edit" | "secret" | "remove";
type Asked = { what: What; hook: Hook } | { what: "create" };

/** Whom what happens is told, and how they do (API-8). */
export function WebhooksPage() {
  const t = useT();
  const hooks = useQuery(hooksQuery);
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const list = hooks.data?.results;
  const create = <Button kind="primary" onClick={() => setAsked({ what: "create" })}>{t("create")}</Button>;
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={list?.length ? create : undefined}>
      <ErrorNote error={hooks.error} onRetry={() => void hooks.refetch()} />
      {hooks.isPending && [1, 2].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {list?.length === 0 && <EmptyState icon={<IconWebhook size={28} stroke={1.5} />} title={t("empty")} actions={create}>{t("emptyText")}</EmptyState>}
      {!!list?.length && (
        <RowList label={t("title")}>
          {list.map((hook) => <HookRow key={hook.id} hook={hook} onAsk={(what) => setAsked({ what, hook })} />)}
        </RowList>
      )}
      {asked?.what === "create" && <WebhookDialog onClose={close} />}
      {asked?.what === "edit" && <WebhookDialog hook={asked.hook} onClose={close} />}
      {asked?.what === "secret" && <NewHookSecret hook={asked.hook} onClose={close} />}
      {asked?.what === "remove" && <RemoveHook hook={asked.hook} onClose={close} />}
    </SettingsPage>
  );
}

function HookRow({ hook, onAsk }: { hook: Hook; onAsk: (what: What) => void }) {
  const t = useT();
  const health = healthOf(hook);
  const act = useHookActs(hook);
  const own = !hook.appId;
  return (
    <RowItem title={<Link to="/settings/webhooks/$webhookId" params={{ webhookId: hook.id }}>{hook.name}</Link>} note={useHookNote(hook)}>
      <Pill tone={health.tone} dot>{health.label}</Pill>
      <Link to="/settings/webhooks/$webhookId" params={{ webhookId: hook.id }} className={buttonClass("plain", "small")}>{t("log")}</Link>
      <Menu
        trigger={<IconButton label={t("more", { name: hook.name })}><IconDots size={16} /></IconButton>}
        groups={[
          {
            entries: [
              { label: t("edit"), disabled: !own, run: () => onAsk("edit") },
              { label: t("test"), disabled: !hook.url, run: act.test },
              hook.state === "paused" ? { label: t("resume"), run: () => act.turn("resume") } : { label: t("pause"), run: () => act.turn("pause") },
            ],
          },
          { entries: [{ label: t("newSecret"), disabled: !own, run: () => onAsk("secret") }, { label: t("remove"), danger: true, disabled: !own, run: () => onAsk("remove") }] },
        ]}
      />
    </RowItem>
  );
}

/** What stands below a webhook's name. */
export function useHookNote(hook: Hook): string {
  const t = useT();
  return [
    hook.url || t("noAddress"),
    hook.appId && t("ofApp"),
    t("told", { count: hook.events.length }),
    hook.pausedWhy,
    hook.failingSince && t("failingSince", { at: dayAndTime(hook.failingSince) }),
    hook.waiting > 0 && t("waiting", { count: hook.waiting }),
    !hook.failingSince && hook.lastDelivery?.attemptedAt && t("lastAt", { at: dayAndTime(hook.lastDelivery.attemptedAt) }),
  ].filter(Boolean).join(" · ");
}

/** What can be done to a webhook without a question. */
export function useHookActs(hook: Hook) {
  const t = useT();
  const test = useTestHook();
  const turn = useSwitchHook();
  const answered = (d: Delivery) => {
    if (d.state === "delivered") toast(t("tested", { status: d.status }));
    else toastError(new Error(d.status ? t("testFailed", { status: d.status, answer: d.answer }) : t("testNone", { error: d.error })));
  };
  return {
    test: () => test.mutate(hook.id, { onSuccess: answered, onError: toastError }),
    turn: (to: "pause" | "resume") =>
      turn.mutate({ id: hook.id, to }, { onSuccess: () => toast(t(to === "pause" ? "pausedDone" : "resumed", { name: hook.name })), onError: toastError }),
    busy: test.isPending || turn.isPending,
  };
}
