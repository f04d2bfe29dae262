import { IconAlertTriangle, IconClock, IconDots, IconShieldX } from "@tabler/icons-react";
import { memo, useState } from "react";
import { dayAndTime, fullTime } from "@/lib/time";
import { Avatar, Button, cx, IconButton, Menu, Pill, toastError } from "@/ui";
import { useDelivery } from "../changes";
import { needsWord } from "../display";
import { useT } from "../messages";
import type { Address, Message } from "../types";
import { Files } from "./Files";
import classes from "./Items.module.css";
import { MailBody } from "./MailBody";

interface Props {
  message: Message;
  ticketId: string;
  /** The address of the thread's channel, where a ticket has several. */
  via?: string;
}

/** One message: who, to whom, when, the words, the files, and how its delivery stands. */
export const MessageItem = memo(function MessageItem({ message, ticketId, via }: Props) {
  const t = useT();
  const out = message.direction === "out";
  const name = message.from.name || message.from.email;
  return (
    <article className={cx(classes.message, out && classes.out, message.pending && classes.pending)} aria-label={t("messageText", { name })} data-item={message.id}>
      <header className={classes.head}>
        <Avatar name={name} seed={message.from.userId ?? message.from.contactId ?? message.from.email} size={28} />
        <div className={classes.who}>
          <div className={classes.line}>
            <strong title={message.from.email}>{name}</strong>
            <NaturePill nature={message.nature} />
            {message.auth?.dmarc === "fail" && <Pill tone="warn"><IconShieldX size={12} aria-hidden />{t("notAuthentic")}</Pill>}
          </div>
          <Readers message={message} via={via} />
        </div>
        <time className={classes.time} dateTime={message.at} title={fullTime(message.at)}>{dayAndTime(message.at)}</time>
        {message.hasOriginal && (
          <Menu
            trigger={<IconButton label={t("messageActions")} className={classes.more}><IconDots size={16} /></IconButton>}
            groups={[{ entries: [{ label: t("showOriginal"), run: () => void window.open(`/helpdesk/v1/messages/${message.id}/original`, "_blank", "noopener") }] }]}
          />
        )}
      </header>
      <div className={classes.body}>
        <MailBody id={message.id} html={message.html} text={message.text} visible={message.visible} hasQuote={message.hasQuote} attachments={message.attachments} remoteImages={message.remoteImages} name={name} />
        <Files files={message.attachments} />
      </div>
      {needsWord(message) && <DeliveryLine message={message} ticketId={ticketId} />}
    </article>
  );
});

function NaturePill({ nature }: { nature: string }) {
  const t = useT();
  if (nature === "auto_reply") return <Pill>{t("autoReply")}</Pill>;
  if (nature === "bounce") return <Pill tone="danger">{t("bounce")}</Pill>;
  return nature === "list" ? <Pill>{t("list")}</Pill> : null;
}

function Readers({ message, via }: { message: Message; via?: string }) {
  const t = useT();
  const [all, setAll] = useState(false);
  const names = (list: readonly Address[]) => list.map((a) => a.name || a.email).join(", ");
  const rows = [["fromLabel", [message.from]], ["to", message.to], ["cc", message.cc], ["bcc", message.bcc]] as const;
  if (all) {
    return (
      <dl className={classes.readers}>
        {rows.filter(([, list]) => list.length > 0).map(([label, list]) => (
          <div key={label}>
            <dt>{label === "fromLabel" ? t("from") : t(`${label}Label`)}</dt>
            <dd>{list.map((a) => (a.name ? `${a.name} <${a.email}>` : a.email)).join(", ")}</dd>
          </div>
        ))}
      </dl>
    );
  }
  return (
    <button type="button" className={classes.to} onClick={() => setAll(true)} title={t("allRecipients")}>
      {t("to", { names: names(message.to) || "–" })}
      {message.cc.length > 0 && ` · ${t("cc", { names: names(message.cc) })}`}
      {via && ` · ${t("via", { address: via })}`}
    </button>
  );
}

/** How the delivery stands, in words, with what can be done about it. */
function DeliveryLine({ message, ticketId }: { message: Message; ticketId: string }) {
  const t = useT();
  const act = useDelivery(ticketId);
  const { state, error, nextTryAt, outbox } = message.delivery;
  const failed = state === "failed";
  const run = (what: "retry" | "cancel") => act.mutate({ messageId: message.id, act: what }, { onError: toastError });
  const word = outbox ? t("outboxed") : t(state === "received" ? "received" : state);
  return (
    <div className={cx(classes.delivery, failed && classes.failed)} role={failed ? "alert" : undefined}>
      {failed ? <IconAlertTriangle size={14} aria-hidden /> : <IconClock size={14} aria-hidden />}
      <span className={classes.why}>
        <strong>{word}</strong>
        {error && ` · ${error}`}
        {nextTryAt && ` · ${t("willRetry", { when: dayAndTime(nextTryAt) })}`}
      </span>
      {failed && <Button size="small" busy={act.isPending} onClick={() => run("retry")}>{t("retry")}</Button>}
      {!message.pending && (state === "queued" || failed) && !outbox && <Button size="small" kind="quiet" busy={act.isPending} onClick={() => run("cancel")}>{t("cancel")}</Button>}
    </div>
  );
}
