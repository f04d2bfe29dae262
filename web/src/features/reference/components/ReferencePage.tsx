import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { IconApi } from "@tabler/icons-react";
import { useMemo } from "react";
import { buttonClass, EmptyState, ErrorNote, SettingsPage, Skeleton, TextField } from "@/ui";
import { descriptionAddress, descriptionQuery } from "../api";
import { useT } from "../messages";
import { matching, subjects, type Description, type Subject } from "../model";
import { OperationItem } from "./OperationItem";
import classes from "./Reference.module.css";

/** The API's description, to read. */
export function ReferencePage() {
  const t = useT();
  const description = useQuery(descriptionQuery);
  const downloads = (["json", "yaml"] as const).map((form) => (
    <a key={form} className={buttonClass()} href={descriptionAddress(form)} download={`deskbell-openapi.${form}`}>{t(form)}</a>
  ));
  return (
    <SettingsPage title={t("title")} lead={t("lead")} actions={downloads}>
      <ErrorNote error={description.error} onRetry={() => void description.refetch()} />
      {description.isPending && [1, 2, 3, 4, 5].map((i) => <Skeleton key={i} height={40} style={{ marginBottom: 8 }} />)}
      {description.data && <Routes doc={description.data} />}
    </SettingsPage>
  );
}

function Routes({ doc }: { doc: Description }) {
  const t = useT();
  const { q = "" } = useSearch({ from: "/shell/settings/reference" });
  const navigate = useNavigate();
  const all = useMemo(() => subjects(doc), [doc]);
  const shown = matching(all, q);
  return (
    <>
      <TextField
        label={t("find")}
        type="search"
        placeholder={t("findHint")}
        value={q}
        onChange={(value) => void navigate({ to: "/settings/reference", search: { q: value || undefined }, replace: true })}
        tight
      />
      {shown.length === 0 && <EmptyState icon={<IconApi size={28} stroke={1.5} />} title={t("nothing")}>{t("nothingText")}</EmptyState>}
      {[false, true].map((own) => {
        const part = shown.filter((s) => s.own === own);
        return part.length > 0 && (
          <section key={String(own)} className={classes.part}>
            <h2>{t(own ? "own" : "hubspot")}</h2>
            {part.map((s) => <SubjectItem key={s.name} subject={s} doc={doc} open={q !== ""} />)}
          </section>
        );
      })}
    </>
  );
}

function SubjectItem({ subject, doc, open }: { subject: Subject; doc: Description; open: boolean }) {
  return (
    // A search opens what it found; the key makes that so again after each.
    <details key={String(open)} className={classes.subject} open={open}>
      <summary>
        <h3>{subject.name}</h3>
        <span className={classes.count}>{subject.operations.length}</span>
      </summary>
      {subject.operations.map((o) => <OperationItem key={o.id} operation={o} doc={doc} />)}
    </details>
  );
}
