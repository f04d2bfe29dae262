import { memo, useState } from "react";
import { dayAndTime, fullTime } from "@/lib/time";
import { eventLines, type EventLine } from "../display";
import { useT } from "../messages";
import type { TicketEvent } from "../types";
import classes from "./Items.module.css";

const SHOWN = 3;
const TEXT = { created: "eventCreated", assigned: "eventAssigned", unassigned: "eventUnassigned", set: "eventSet", cleared: "eventCleared", changed: "eventChanged", other: "eventOther" } as const;

/** What happened between the messages: a grey line each, the first and last of many. */
export const Events = memo(function Events({ events }: { events: readonly TicketEvent[] }) {
  const t = useT();
  const [all, setAll] = useState(false);
  const lines = events.flatMap((event) => eventLines(event).map((line, i) => ({ key: `${event.id}-${i}`, event, line })));
  const hidden = all ? 0 : Math.max(lines.length - SHOWN, 0);
  const shown = hidden > 0 ? lines.slice(-SHOWN + 1) : lines;
  return (
    <ul className={classes.events}>
      {hidden > 0 && <li><button type="button" onClick={() => setAll(true)}>{t("eventsMore", { count: lines.length - shown.length })}</button></li>}
      {shown.map(({ key, event, line }) => <EventRow key={key} event={event} line={line} />)}
    </ul>
  );
});

function EventRow({ event, line }: { event: TicketEvent; line: EventLine }) {
  const t = useT();
  const actor = event.actor.name || (event.actor.kind === "automation" ? t("automation") : t("system"));
  return (
    <li>
      <span>{t(TEXT[line.key], { actor, ...line.values })}{event.reason ? ` · ${event.reason}` : ""}</span>
      <time dateTime={event.at} title={fullTime(event.at)}>{dayAndTime(event.at)}</time>
    </li>
  );
}
