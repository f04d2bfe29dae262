import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { dayAndTime, fileSize } from "@/lib/time";
import { buttonClass, ErrorNote, Skeleton } from "@/ui";
import { outboxMessageQuery, sourceAddress, type OutboxMessage } from "../api";
import { useT } from "../messages";
import { framed } from "../model";
import classes from "./Outbox.module.css";

export function OutboxMessageView({ id }: { id: string }) {
  const t = useT();
  const message = useQuery(outboxMessageQuery(id));
  return (
    <>
      <Link to="/outbox" search={{}} className={classes.back}>{t("back")}</Link>
      <ErrorNote error={message.error} onRetry={() => void message.refetch()} />
      {message.isPending && <><Skeleton width={280} height={24} /><Skeleton height={300} style={{ marginTop: 16 }} /></>}
      {message.data && <Letter message={message.data} />}
    </>
  );
}

function Letter({ message }: { message: OutboxMessage }) {
  const t = useT();
  return (
    <article>
      <header className={classes.head}>
        <h2>{message.subject || t("noSubject")}</h2>
        {message.ticketId && <Link to="/tickets/$ticketId" params={{ ticketId: message.ticketId }} className={buttonClass("plain", "small")}>{t("ticket")}</Link>}
        <a href={sourceAddress(message.id)} download className={buttonClass("plain", "small")}>{t("download")}</a>
      </header>
      <dl className={classes.facts}>
        <dt>{t("from")}</dt><dd>{message.from}</dd>
        <dt>{t("toLabel")}</dt><dd>{message.to.join(", ")}</dd>
        <dt>{t("at")}</dt><dd>{dayAndTime(message.at)}, {fileSize(message.size)}</dd>
      </dl>
      {message.html ? <iframe className={classes.frame} sandbox="" title={message.subject || t("noSubject")} srcDoc={framed(message.html)} /> : <pre className={classes.text}>{message.text}</pre>}
      <details className={classes.headers}>
        <summary>{t("headers")}</summary>
        <dl className={classes.facts}>
          {message.headers.map((h, i) => <HeaderLine key={i} name={h.name} value={h.value} />)}
        </dl>
      </details>
    </article>
  );
}

function HeaderLine({ name, value }: { name: string; value: string }) {
  return <><dt>{name}</dt><dd>{value}</dd></>;
}
