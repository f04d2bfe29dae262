import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { IconX } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { fileSize, shortAge } from "@/lib/time";
import { Avatar, Copyable, IconButton, Skeleton, toast, toastError } from "@/ui";
import { useAssociate, useChangeTicket } from "../changes";
import { propertiesQuery, useDirectory } from "../directory";
import { filesOf, rowAge } from "../display";
import { useT } from "../messages";
import { shownProperties } from "../properties";
import { contactTicketsQuery, conversationQuery } from "../queries";
import type { Ticket } from "../types";
import { AddButton } from "./Associate";
import classes from "./Details.module.css";
import { Thumb } from "./Files";
import itemClasses from "./Items.module.css";
import { StageIcon } from "./Icons";
import { PropertyField } from "./PropertyField";

/** The right column: what is known of the ticket, and of who stands behind it (TICK-3). */
export function Details({ id, ticket, flat }: { id: string; ticket: Ticket | undefined; flat?: boolean }) {
  if (!ticket) return <div className={classes.cards}>{[180, 90, 60].map((height, i) => <Skeleton key={i} height={height} style={{ margin: "12px 16px", width: "auto" }} />)}</div>;
  return (
    <div className={classes.cards} data-flat={flat || undefined}>
      <ContactsCard ticket={ticket} />
      <PropertiesCard ticket={ticket} />
      <CompaniesCard ticket={ticket} />
      <OtherTicketsCard ticket={ticket} />
      <FilesCard id={id} />
    </div>
  );
}

function Card({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.card}>
      <header><h2>{title}</h2>{action}</header>
      {children}
    </section>
  );
}

function PropertiesCard({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const [long, setLong] = useState(false);
  const properties = useQuery(propertiesQuery("tickets")).data?.results;
  const change = useChangeTicket(ticket.id);
  const failed = change.isError ? Object.keys(change.variables)[0] : undefined;
  return (
    <Card title={t("properties")}>
      <dl className={classes.list}>
        <div className={classes.property}><dt>{t("ticket")}</dt><dd><Copyable text={ticket.id} /></dd></div>
        {!properties && [1, 2, 3].map((i) => <Skeleton key={i} height={18} style={{ margin: "5px 0" }} />)}
        {properties && shownProperties(properties, ticket.properties, long).map((p) => (
          <PropertyField
            key={p.name} property={p} values={ticket.properties} editable={ticket.can.edit}
            error={failed === p.name ? change.error?.message : undefined} onChange={(value) => change.mutate({ [p.name]: value })}
          />
        ))}
      </dl>
      {properties && <button type="button" className={classes.more} aria-expanded={long} onClick={() => setLong(!long)}>{t(long ? "fewerProperties" : "allProperties")}</button>}
    </Card>
  );
}

function useRemove(ticket: Ticket, type: "contacts" | "companies") {
  const t = useT();
  const associate = useAssociate(ticket.id);
  return (id: string, name: string) =>
    associate.mutate({ type, id, on: false }, {
      onError: toastError,
      onSuccess: () => toast(t("removed", { name }), { undo: () => associate.mutate({ type, id, on: true }, { onError: toastError }) }),
    });
}

function ContactsCard({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const remove = useRemove(ticket, "contacts");
  return (
    <Card title={t("contacts")} action={ticket.can.edit && <AddButton ticketId={ticket.id} type="contacts" taken={ticket.contacts.map((c) => c.id)} />}>
      {ticket.contacts.length === 0 && <p className={classes.nothing}>{t("noContacts")}</p>}
      <ul>
        {ticket.contacts.map((c) => (
          <li key={c.id} className={classes.person}>
            <Avatar name={c.name || c.email} seed={c.id} size={32} />
            <div>
              <Link to="/contacts/$contactId" params={{ contactId: c.id }}>{c.name || c.email}</Link>
              {c.primary && ticket.contacts.length > 1 && <span className={classes.tag}>{t("primary")}</span>}
              {c.name && c.email && <Copyable text={c.email} />}
              {c.phone && <a href={`tel:${c.phone}`} className={classes.phone}>{c.phone}</a>}
            </div>
            {ticket.can.edit && <IconButton label={t("remove", { name: c.name || c.email })} className={classes.drop} onClick={() => remove(c.id, c.name || c.email)}><IconX size={14} /></IconButton>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function CompaniesCard({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const remove = useRemove(ticket, "companies");
  return (
    <Card title={t("companies")} action={ticket.can.edit && <AddButton ticketId={ticket.id} type="companies" taken={ticket.companies.map((c) => c.id)} />}>
      {ticket.companies.length === 0 && <p className={classes.nothing}>{t("noCompanies")}</p>}
      <ul>
        {ticket.companies.map((c) => (
          <li key={c.id} className={classes.person}>
            <Avatar name={c.name || c.domain} seed={c.id} size={24} />
            <div><span>{c.name || c.domain}</span>{c.name && c.domain && <span className={classes.dim}>{c.domain}</span>}</div>
            {ticket.can.edit && <IconButton label={t("remove", { name: c.name || c.domain })} className={classes.drop} onClick={() => remove(c.id, c.name || c.domain)}><IconX size={14} /></IconButton>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const OTHERS_SHOWN = 6;

function OtherTicketsCard({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const { stage, pipelines } = useDirectory();
  const contact = ticket.contacts.find((c) => c.primary) ?? ticket.contacts[0];
  const rows = useQuery({ ...contactTicketsQuery(contact?.id ?? ""), enabled: Boolean(contact) }).data?.filter((r) => r.id !== ticket.id) ?? [];
  if (!contact) return null;
  return (
    <Card title={t("otherTickets")}>
      {rows.length === 0 && <p className={classes.nothing}>{t("noOther")}</p>}
      <ul>
        {rows.slice(0, OTHERS_SHOWN).map((r) => (
          <li key={r.id}>
            <Link to="/tickets/$ticketId" params={{ ticketId: r.id }} className={classes.other}>
              <StageIcon stage={stage(r.stageId)} stages={pipelines.find((p) => p.id === r.pipelineId)?.stages ?? []} />
              <span>{r.subject || t("noSubject")}</span>
              <time dateTime={rowAge(r)}>{shortAge(rowAge(r))}</time>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function FilesCard({ id }: { id: string }) {
  const t = useT();
  const files = filesOf(useQuery(conversationQuery(id)).data?.items ?? []);
  if (files.length === 0) return null;
  return (
    <Card title={t("files")}>
      <ul>
        {files.map((f) => (
          <li key={f.id}>
            <a href={f.url} className={itemClasses.file} style={{ width: "100%", marginBottom: 6 }} target="_blank" rel="noopener">
              <Thumb file={f} />
              <span className={itemClasses.fileName}>{f.name}</span>
              <span className={itemClasses.fileSize}>{fileSize(f.size)}</span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
