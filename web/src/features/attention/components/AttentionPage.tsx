import { useQuery } from "@tanstack/react-query";
import { IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { dayAndTime, fileSize } from "@/lib/time";
import { Button, buttonClass, EmptyState, ErrorNote, Section, SettingsPage, Skeleton, toast } from "@/ui";
import { deadJobsQuery, heldQuery, rawAddress, useRetry } from "../api";
import { useT } from "../messages";
import classes from "./Attention.module.css";

/** Messages that could not be parsed (CHAN-2) and jobs that were given up. */
export function AttentionPage() {
  const t = useT();
  const held = useQuery(heldQuery);
  const jobs = useQuery(deadJobsQuery);
  const nothing = held.data?.results.length === 0 && jobs.data?.results.length === 0;
  return (
    <SettingsPage title={t("title")} lead={t("lead")}>
      <ErrorNote error={held.error ?? jobs.error} onRetry={() => void Promise.all([held.refetch(), jobs.refetch()])} />
      {(held.isPending || jobs.isPending) && [1, 2].map((i) => <Skeleton key={i} height={64} style={{ marginBottom: 1 }} />)}
      {nothing && <EmptyState icon={<IconCircleCheck size={28} stroke={1.5} />} title={t("nothing")}>{t("nothingText")}</EmptyState>}
      {!!held.data?.results.length && (
        <Section title={t("messages")} help={t("messagesHelp")}>
          <ul>
            {held.data.results.map((m) => (
              <Held
                key={m.id} what="attention" id={m.id} title={m.subject || t("noSubject")} reason={m.error}
                note={[m.from, dayAndTime(m.receivedAt), fileSize(m.size), t("tried", { count: m.attempts })].filter(Boolean).join(" · ")}
              >
                <a className={buttonClass("plain", "small")} href={rawAddress(m.id)} download>{t("download")}</a>
              </Held>
            ))}
          </ul>
        </Section>
      )}
      {!!jobs.data?.results.length && (
        <Section title={t("jobs")} help={t("jobsHelp")}>
          <ul>
            {jobs.data.results.map((j) => (
              <Held key={j.id} what="jobs" id={j.id} title={j.kind} reason={j.error} note={[dayAndTime(j.at), t("tried", { count: j.attempts })].join(" · ")} />
            ))}
          </ul>
        </Section>
      )}
    </SettingsPage>
  );
}

interface HeldProps {
  what: "attention" | "jobs";
  id: string;
  title: string;
  note: string;
  reason: string;
  children?: ReactNode;
}

function Held({ what, id, title, note, reason, children }: HeldProps) {
  const t = useT();
  const retry = useRetry(what);
  return (
    <li className={classes.item}>
      <div className={classes.main}>
        <div className={classes.title}>{title}</div>
        <div className={classes.note}>{note}</div>
        <div className={classes.reason}>{reason}</div>
        <ErrorNote error={retry.error} />
      </div>
      {children}
      <Button size="small" busy={retry.isPending} onClick={() => retry.mutate(id, { onSuccess: () => toast(t("retried")) })}>{t("retry")}</Button>
    </li>
  );
}
