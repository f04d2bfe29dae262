import { IconBellZ, IconCheck, IconChevronLeft, IconDots, IconEye, IconLayoutSidebarRight, IconLink, IconMailOpened, IconRotateClockwise, IconTrash, IconAlertOctagon, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { dayAndTime } from "@/lib/time";
import { Button, IconButton, Menu, Pill, Skeleton } from "@/ui";
import { useChangeTicket } from "../changes";
import { useT } from "../messages";
import type { Ticket } from "../types";
import type { TicketActions } from "../use-ticket-keys";
import { HeaderFields } from "./HeaderFields";
import classes from "./Pane.module.css";
import { SnoozeDialog } from "./SnoozeDialog";

interface Props {
  id: string;
  ticket: Ticket | undefined;
  actions: TicketActions;
  onBack: () => void;
  onDetails: () => void;
}

/** The ticket's name, what can be done to it, and the four fields that are always in sight. */
export function Header({ id, ticket, actions, onBack, onDetails }: Props) {
  const t = useT();
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <span className={classes.back}><IconButton label={t("back")} keys="u" onClick={onBack}><IconChevronLeft size={18} /></IconButton></span>
        {ticket ? <Subject key={ticket.properties.subject} ticket={ticket} /> : <Skeleton width={260} height={18} />}
        <div className={classes.actions}>
          {ticket?.can.edit && (
            <Button size="small" onClick={actions.toggleClosed} icon={ticket.closed ? <IconRotateClockwise size={14} aria-hidden /> : <IconCheck size={14} aria-hidden />} className={classes.closeButton}>
              {t(ticket.closed ? "reopen" : "close")}
            </Button>
          )}
          <IconButton label={t("snooze")} keys="l" onClick={() => actions.setSnoozing(true)}><IconBellZ size={18} stroke={1.7} /></IconButton>
          {ticket && <MoreMenu ticket={ticket} actions={actions} />}
          <span className={classes.toDetails}><IconButton label={t("details")} onClick={onDetails}><IconLayoutSidebarRight size={18} stroke={1.7} /></IconButton></span>
        </div>
      </div>
      <div className={classes.fields}>
        <HeaderFields id={id} ticket={ticket} />
        {ticket?.snoozedUntil && <Pill tone="warn">{t("snoozedUntil", { when: dayAndTime(ticket.snoozedUntil) })}</Pill>}
      </div>
      <SnoozeDialog open={actions.snoozing} onClose={() => actions.setSnoozing(false)} onSnooze={actions.snooze} snoozed={Boolean(ticket?.snoozedUntil)} />
    </header>
  );
}

function MoreMenu({ ticket, actions }: { ticket: Ticket; actions: TicketActions }) {
  const t = useT();
  return (
    <Menu
      width={232}
      trigger={<IconButton label={t("more")}><IconDots size={18} /></IconButton>}
      groups={[
        {
          entries: [
            { label: t(ticket.following ? "unfollow" : "follow"), icon: ticket.following ? <IconEyeOff size={16} /> : <IconEye size={16} />, keys: "f", run: actions.toggleFollow },
            { label: t("markUnread"), icon: <IconMailOpened size={16} />, keys: "shift+u", run: actions.markUnread },
            { label: t("copyLink"), icon: <IconLink size={16} />, run: () => void actions.copyLink() },
          ],
        },
        {
          entries: [
            { label: t(actions.isSpam ? "notSpam" : "spam"), icon: <IconAlertOctagon size={16} />, keys: "!", disabled: !ticket.can.edit, run: actions.toggleSpam },
            { label: t("delete"), icon: <IconTrash size={16} />, danger: true, disabled: !ticket.can.delete, run: actions.remove },
          ],
        },
      ]}
    />
  );
}

/** The name: click to change it, Enter keeps, Escape leaves. */
function Subject({ ticket }: { ticket: Ticket }) {
  const t = useT();
  const [text, setText] = useState<string | null>(null);
  const change = useChangeTicket(ticket.id);
  const subject = ticket.properties.subject ?? "";
  const keep = () => {
    const next = text?.trim();
    setText(null);
    if (next && next !== subject) change.mutate({ subject: next });
  };
  if (text !== null) {
    return (
      <h1 className={classes.subject}>
        <input
          autoFocus aria-label={t("subject")} value={text} onChange={(e) => setText(e.target.value)} onBlur={keep} maxLength={1000}
          onKeyDown={(e) => {
            if (e.key === "Enter") keep();
            if (e.key === "Escape") setText(null);
          }}
        />
      </h1>
    );
  }
  return (
    <h1 className={classes.subject}>
      {ticket.can.edit ? (
        <button type="button" onClick={() => setText(subject)} title={t("editSubject")}>{subject || t("noSubject")}</button>
      ) : (subject || t("noSubject"))}
      {change.isError && <span role="alert" className={classes.refused}>{change.error.message}</span>}
    </h1>
  );
}
