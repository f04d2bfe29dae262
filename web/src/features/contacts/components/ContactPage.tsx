import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { IconChevronLeft, IconMoodEmpty } from "@tabler/icons-react";
import { useState } from "react";
import { PriorityIcon, propertiesQuery, PropertyField, rowAge, StageIcon, useDirectory } from "@/features/tickets";
import { ApiError } from "@/lib/api";
import { useShortcuts } from "@/lib/keyboard";
import { fullTime, shortAge } from "@/lib/time";
import { useTitle } from "@/lib/title";
import { Avatar, buttonClass, Copyable, EmptyState, ErrorNote, Skeleton } from "@/ui";
import { contactQuery, useChangeContact, type Contact } from "../api";
import { displayName, shownOf } from "../model";
import { useT } from "../messages";
import classes from "./Contacts.module.css";

/** One contact: who it is, its companies, all its tickets. */
export function ContactPage() {
  const t = useT();
  const { contactId } = useParams({ strict: false }) as { contactId: string };
  const navigate = useNavigate();
  const query = useQuery(contactQuery(contactId));
  const contact = query.data;
  useTitle(contact ? displayName(contact) : t("contacts"));
  useShortcuts([{ keys: "u", label: t("back"), scope: t("scope"), run: () => void navigate({ to: "/contacts" }) }]);
  if (query.isError && !contact) {
    const gone = query.error instanceof ApiError && query.error.status === 404;
    return gone ? (
      <EmptyState icon={<IconMoodEmpty size={28} stroke={1.4} />} title={t("missing")} actions={<Link to="/contacts" className={buttonClass()}>{t("back")}</Link>}>{t("missingText")}</EmptyState>
    ) : <div className={classes.note}><ErrorNote error={query.error} title={t("contactFailed")} onRetry={() => void query.refetch()} /></div>;
  }
  return (
    <div className={classes.page}>
      <header className={classes.bar}>
        <Link to="/contacts" className={classes.back} aria-label={t("back")}><IconChevronLeft size={18} aria-hidden /></Link>
        <h1>{contact ? displayName(contact) : <Skeleton width={180} height={18} />}</h1>
      </header>
      <div className={classes.record}>
        <About contact={contact} id={contactId} />
        <Tickets contact={contact} />
      </div>
    </div>
  );
}

function About({ contact, id }: { contact: Contact | undefined; id: string }) {
  const t = useT();
  const [long, setLong] = useState(false);
  const properties = useQuery(propertiesQuery("contacts")).data?.results;
  const change = useChangeContact(id);
  const failed = change.isError ? Object.keys(change.variables)[0] : undefined;
  return (
    <aside className={classes.about} aria-label={t("about")}>
      {contact && (
        <div className={classes.face}>
          <Avatar name={displayName(contact)} seed={contact.id} size={48} />
          <div><strong>{displayName(contact)}</strong>{contact.email && <Copyable text={contact.email} />}</div>
        </div>
      )}
      <h2>{t("about")}</h2>
      {(!contact || !properties) && [1, 2, 3, 4].map((i) => <Skeleton key={i} height={18} style={{ margin: "5px 0" }} />)}
      {contact && properties && (
        <>
          <dl>
            {shownOf(properties, contact.properties, long).map((p) => (
              <PropertyField
                key={p.name} property={p} values={contact.properties} editable error={failed === p.name ? change.error?.message : undefined}
                onChange={(value) => change.mutate({ [p.name]: value })}
              />
            ))}
          </dl>
          <button type="button" className={classes.more} aria-expanded={long} onClick={() => setLong(!long)}>{t(long ? "fewerProperties" : "allProperties")}</button>
        </>
      )}
      <h2>{t("companies")}</h2>
      {contact?.companies.length === 0 && <p className={classes.nothing}>{t("noCompanies")}</p>}
      <ul>{contact?.companies.map((c) => <li key={c.id} className={classes.companyRow}><Avatar name={c.name || c.domain} seed={c.id} size={24} /><span>{c.name || c.domain}</span><small>{c.name ? c.domain : ""}</small></li>)}</ul>
    </aside>
  );
}

function Tickets({ contact }: { contact: Contact | undefined }) {
  const t = useT();
  const { stage, pipelines, user } = useDirectory();
  return (
    <section className={classes.tickets} aria-label={t("tickets")}>
      <h2>{t("tickets")}</h2>
      {!contact && [1, 2, 3].map((i) => <Skeleton key={i} height={36} style={{ margin: "6px 0" }} />)}
      {contact?.tickets.length === 0 && <p className={classes.nothing}>{t("noTickets")}</p>}
      <ul>
        {contact?.tickets.map((row) => {
          const at = stage(row.stageId);
          const owner = user(row.ownerId);
          return (
            <li key={row.id}>
              <Link to="/tickets/$ticketId" params={{ ticketId: row.id }} className={classes.ticket}>
                <StageIcon stage={at} stages={pipelines.find((p) => p.id === row.pipelineId)?.stages ?? []} />
                <span className={classes.ticketName}>{row.subject || t("noSubject")}</span>
                <PriorityIcon priority={row.priority} loudOnly />
                <span className={classes.ticketStage}>{at?.label}</span>
                {owner ? <Avatar name={owner.name} seed={owner.id} size={20} /> : <span className={classes.nobody} />}
                <time dateTime={rowAge(row)} title={fullTime(rowAge(row))}>{shortAge(rowAge(row))}</time>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
