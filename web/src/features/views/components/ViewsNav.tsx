import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { IconAlertOctagon, IconAt, IconClock, IconEye, IconInbox, IconList, IconPencil, IconPlus, IconSend, IconUser, IconUsers, type Icon } from "@tabler/icons-react";
import { openCreateTicket } from "@/features/tickets";
import { useCommands } from "@/lib/commands";
import { useShortcuts } from "@/lib/keyboard";
import { useMe } from "@/lib/me";
import { Kbd } from "@/ui";
import { countsQuery, listQuery } from "../api";
import { specOf } from "../filters";
import { useT, type t as T } from "../messages";
import classes from "./ViewsNav.module.css";

interface Entry {
  id: string;
  icon: Icon;
  /** The letter after g. */
  letter: string;
}

const MAIN: Entry[] = [
  { id: "unassigned", icon: IconInbox, letter: "u" },
  { id: "mine", icon: IconUser, letter: "m" },
  { id: "team", icon: IconUsers, letter: "t" },
  { id: "open", icon: IconList, letter: "o" },
];
const MORE: Entry[] = [
  { id: "mentions", icon: IconAt, letter: "@" },
  { id: "following", icon: IconEye, letter: "f" },
  { id: "drafts", icon: IconPencil, letter: "d" },
  { id: "snoozed", icon: IconClock, letter: "z" },
  { id: "sent", icon: IconSend, letter: "s" },
  { id: "spam", icon: IconAlertOctagon, letter: "!" },
];
const ALL = [...MAIN, ...MORE];

export type ViewName = Parameters<typeof T>[0];

/** The views in the sidebar with their exact counts (VIEW-1), and the way to a new ticket (TICK-4). */
export function ViewsNav({ onGo }: { onGo?: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const counts = useQuery(countsQuery).data?.counts;
  const go = (id: string) => void navigate({ to: "/views/$viewId", params: { viewId: id } });
  const name = (e: Entry) => t(e.id as ViewName);
  useShortcuts(ALL.map((e) => ({ keys: `g ${e.letter}`, label: name(e), scope: t("scopeGo"), run: () => go(e.id) })));
  useCommands(ALL.map((e) => ({ id: `view-${e.id}`, label: t("goTo", { name: name(e) }), group: t("scopeGo"), keys: `g ${e.letter}`, run: () => go(e.id) })));
  return (
    <nav aria-label={t("views")}>
      <button type="button" className={classes.create} onClick={() => { onGo?.(); openCreateTicket(); }}>
        <IconPlus size={16} stroke={1.8} aria-hidden />
        {t("create")}
        <Kbd keys="n" />
      </button>
      {[MAIN, MORE].map((group, i) => (
        <ul key={i} className={classes.group}>
          {group.map((e) => <ViewLink key={e.id} entry={e} name={name(e)} count={counts?.[e.id]} onGo={onGo} />)}
        </ul>
      ))}
    </nav>
  );
}

function ViewLink({ entry, name, count, onGo }: { entry: Entry; name: string; count: number | undefined; onGo?: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const me = useMe();
  const quiet = entry.id === "sent" || entry.id === "spam";
  return (
    <li>
      <Link
        to="/views/$viewId"
        params={{ viewId: entry.id }}
        className={classes.link}
        activeProps={{ className: classes.active, "aria-current": "page" }}
        activeOptions={{ includeSearch: false }}
        onClick={onGo}
        onPointerEnter={() => void client.prefetchQuery(listQuery(specOf(entry.id, {}, me.id)))}
      >
        <entry.icon size={16} stroke={1.7} aria-hidden />
        <span className={classes.name}>{name}</span>
        <span className={quiet ? classes.quiet : classes.count}>
          {count ? <span aria-label={t("count", { count })}>{count.toLocaleString()}</span> : null}
        </span>
      </Link>
    </li>
  );
}
