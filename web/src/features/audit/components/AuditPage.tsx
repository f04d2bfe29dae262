import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { IconShieldCheck } from "@tabler/icons-react";
import { dayAndTime } from "@/lib/time";
import { usersQuery } from "@/features/people";
import { Button, buttonClass, cx, EmptyState, ErrorNote, SelectField, SettingsPage, Skeleton } from "@/ui";
import { auditQuery, tableAddress } from "../api";
import { useT } from "../messages";
import { CATEGORIES, details, sentence, type AuditSearch, type Category, type Entry } from "../model";
import classes from "./AuditPage.module.css";

export function AuditPage() {
  const t = useT();
  const search = useSearch({ from: "/shell/settings/audit" });
  const list = useInfiniteQuery(auditQuery(search));
  const entries = list.data?.pages.flatMap((p) => p.results) ?? [];
  const filtered = Boolean(search.what ?? search.who);
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={<a className={buttonClass()} href={tableAddress(search)} download>{t("table")}</a>}>
      <Filters search={search} />
      <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && [1, 2, 3, 4].map((i) => <Skeleton key={i} height={48} style={{ marginBottom: 1 }} />)}
      {list.data && entries.length === 0 && (
        <EmptyState icon={<IconShieldCheck size={28} stroke={1.5} />} title={filtered ? t("emptyFilter") : t("empty")}>{filtered && t("emptyText")}</EmptyState>
      )}
      {entries.length > 0 && (
        <ul className={classes.list} aria-label={t("title")}>
          {entries.map((entry) => <EntryRow key={entry.id} entry={entry} />)}
        </ul>
      )}
      {list.hasNextPage && <div className={classes.more}><Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
    </SettingsPage>
  );
}

function Filters({ search }: { search: AuditSearch }) {
  const t = useT();
  const navigate = useNavigate();
  const users = useQuery(usersQuery).data?.results ?? [];
  const go = (next: AuditSearch) => void navigate({ to: "/settings/audit", search: { ...search, ...next }, replace: true });
  return (
    <div className={classes.filters}>
      <SelectField
        label={t("what")}
        tight
        choices={[{ value: "", label: t("all") }, ...CATEGORIES.map((c) => ({ value: c, label: t(c) }))]}
        value={search.what ?? ""}
        onChange={(value) => go({ what: (value || undefined) as Category | undefined })}
      />
      <SelectField
        label={t("who")}
        tight
        choices={[{ value: "", label: t("anybody") }, ...users.map((u) => ({ value: u.id, label: u.name }))]}
        value={search.who ?? ""}
        onChange={(value) => go({ who: value || undefined })}
      />
    </div>
  );
}

function EntryRow({ entry }: { entry: Entry }) {
  const t = useT();
  const note = [...details(entry), entry.address && t("from", { address: entry.address })].filter(Boolean).join(" · ");
  return (
    <li className={classes.entry}>
      <span className={cx(classes.what, entry.action === "sign-in.failed" && classes.failed)}>{sentence(entry)}</span>
      <time className={classes.at} dateTime={entry.at}>{dayAndTime(entry.at)}</time>
      {note && <span className={classes.note}>{note}</span>}
    </li>
  );
}
