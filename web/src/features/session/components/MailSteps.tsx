import { useQuery } from "@tanstack/react-query";
import { IconInbox, IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { meQuery } from "@/lib/me";
import { buttonClass, Copyable, ErrorNote, Pill, StatusDot } from "@/ui";
import { firstTicketQuery } from "../api";
import { useT } from "../messages";
import classes from "./Session.module.css";

export function MailStep() {
  const t = useT();
  const me = useQuery(meQuery);
  return (
    <>
      <h1>{t("mailTitle")}</h1>
      <p className={classes.lead}>{t("mailLead")}</p>
      <ErrorNote error={me.error} onRetry={() => void me.refetch()} />
      <Link to="/setup" search={{ step: "try" }} className={classes.choice}>
        <IconInbox size={20} aria-hidden />
        <div>
          <div className={classes.choiceTitle}>{t("builtin")} <Pill tone="accent">{t("recommended")}</Pill></div>
          <p>{t("builtinText", { address: me.data?.account.supportAddress ?? "…" })}</p>
        </div>
      </Link>
      <Link to="/settings/channels/new" className={classes.choice}>
        <IconPlugConnected size={20} aria-hidden />
        <div>
          <div className={classes.choiceTitle}>{t("connect")}</div>
          <p>{t("connectText")}</p>
        </div>
      </Link>
    </>
  );
}

export function TryStep() {
  const t = useT();
  const me = useQuery(meQuery);
  const first = useQuery(firstTicketQuery);
  const ticket = first.data?.results[0];
  return (
    <>
      <h1>{t("tryTitle")}</h1>
      <p className={classes.lead}>{t("tryLead")}</p>
      <div className={classes.address}>
        {me.data?.account.supportAddress && <Copyable text={me.data.account.supportAddress} />}
        {me.data?.account.supportAddress === "" && <Link to="/settings/channels/new">{t("noAddress")}</Link>}
      </div>
      <div className={classes.state} role="status">
        {ticket ? <StatusDot tone="ok" /> : <span className={classes.pulse} />}
        {ticket ? t("arrived", { subject: ticket.subject }) : t("waiting")}
      </div>
      <ErrorNote error={first.error} onRetry={() => void first.refetch()} />
      <div className={classes.foot}>
        {ticket ? (
          <Link to="/views/$viewId/tickets/$ticketId" params={{ viewId: "open", ticketId: ticket.id }} className={buttonClass("primary")}>{t("openTicket")}</Link>
        ) : (
          <Link to="/" className={buttonClass("plain")}>{t("later")}</Link>
        )}
      </div>
    </>
  );
}
