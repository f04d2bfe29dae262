import { Link } from "@tanstack/react-router";
import { IconPencil } from "@tabler/icons-react";
import { memo } from "react";
import { contactName, PriorityIcon, rowAge, StageIcon, type Directory, type Row } from "@/features/tickets";
import { fullTime, shortAge } from "@/lib/time";
import { Avatar, cx } from "@/ui";
import type { ListSearch } from "../filters";
import { useT } from "../messages";
import classes from "./Table.module.css";

interface Props {
  row: Row;
  view: string;
  search: ListSearch;
  index: number;
  top: number;
  height: number;
  cursor: boolean;
  selected: boolean;
  directory: Directory;
  minute: number;
  onOpen: (id: string) => void;
  onToggle: (id: string, range: boolean) => void;
  onIntend: (id: string) => void;
}

/** One ticket as a line. Drawn again only when something of it changed. */
export const TableRow = memo(function TableRow({ row, view, search, index, top, height, cursor, selected, directory, onOpen, onToggle, onIntend }: Props) {
  const t = useT();
  const stage = directory.stage(row.stageId);
  const stages = directory.pipelines.find((p) => p.id === row.pipelineId)?.stages ?? [];
  const owner = directory.user(row.ownerId);
  const team = directory.team(row.teamId);
  const name = contactName(row.contact) || t("noContact");
  const subject = row.subject || t("noSubject");
  return (
    <div
      role="row" aria-rowindex={index + 2} aria-selected={selected}
      className={cx(classes.row, cursor && classes.cursor, selected && classes.selected, row.unread && classes.isUnread, height > 40 && classes.tall)}
      style={{ height, transform: `translateY(${top}px)` }}
      onClick={(e) => { if (!(e.target as HTMLElement).closest("a, input, label")) onOpen(row.id); }}
      onPointerEnter={() => onIntend(row.id)}
    >
      <span role="cell" className={classes.pick}>
        <input type="checkbox" className={classes.check} aria-label={t("selectTicket", { subject })} checked={selected} onChange={() => undefined} onClick={(e) => onToggle(row.id, e.shiftKey)} />
        {row.unread && <span className={classes.dot}><span className="sr-only">{t("unread")}</span></span>}
      </span>
      <span role="cell" className={cx(classes.contact, !row.contact && classes.dim)}>{name}</span>
      <span role="cell" className={classes.subject}>
        <Link to="/views/$viewId/tickets/$ticketId" params={{ viewId: view, ticketId: row.id }} search={search} className={classes.name} tabIndex={cursor || index === 0 ? 0 : -1}>{subject}</Link>
        {row.hasDraft && <span className={classes.draft}><IconPencil size={12} aria-hidden />{t("draft")}</span>}
        <span className={classes.preview}>{row.preview}</span>
      </span>
      <span role="cell" className={classes.status}>
        {stage && <><StageIcon stage={stage} stages={stages} /><span>{stage.label}</span></>}
      </span>
      <span role="cell" className={classes.priority}><PriorityIcon priority={row.priority} named /></span>
      <span role="cell" className={classes.owner} title={owner?.name ?? team?.name}>
        {owner ? <><Avatar name={owner.name} seed={owner.id} size={20} /><span className={classes.ownerName}>{owner.name}</span></>
          : team ? <><Avatar name={team.name} seed={team.id} size={20} /><span className={classes.ownerName}>{team.name}</span></>
          : <><span className={classes.nobody} aria-hidden /><span className="sr-only">{t("unowned")}</span></>}
      </span>
      <time role="cell" className={classes.age} dateTime={rowAge(row)} title={fullTime(rowAge(row))}>{shortAge(rowAge(row))}</time>
    </div>
  );
});
