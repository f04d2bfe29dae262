import { IconArrowsDiagonal, IconArrowsDiagonalMinimize2, IconChevronDown, IconLock, IconMail } from "@tabler/icons-react";
import { useState } from "react";
import { cx, IconButton } from "@/ui";
import { useT } from "../messages";
import type { EditorProps } from "../types";
import { Compose } from "./Compose";
import classes from "./Editor.module.css";
import { useHeight } from "./use-height";

/** Where one writes: to the customer, or to the team on another ground (REPLY-1). */
export default function Editor(props: EditorProps) {
  const { kind, onKind, writable } = props;
  const t = useT();
  const [full, setFull] = useState(false);
  const size = useHeight();
  const tab = (name: "reply" | "comment") => ({
    type: "button" as const, role: "tab", "aria-selected": kind === name, tabIndex: kind === name ? 0 : -1, className: classes.tab, onClick: () => onKind(name),
    onKeyDown: (e: React.KeyboardEvent) => { if (/^Arrow(Left|Right)$/.test(e.key) && writable) onKind(kind === "reply" ? "comment" : "reply"); },
  });
  return (
    <section className={cx(classes.editor, kind === "comment" && classes.comment, full && classes.full)} aria-label={t(kind === "reply" ? "replyBody" : "commentBody")}>
      {!full && <div {...size.handle} className={classes.handle} aria-label={t("resize")} />}
      <div className={classes.tabs}>
        <div role="tablist" aria-label={t("write")} className={classes.tablist}>
          {writable && <button {...tab("reply")}><IconMail size={16} stroke={1.7} aria-hidden />{t("reply")}</button>}
          <button {...tab("comment")}><IconLock size={16} stroke={1.7} aria-hidden />{t("comment")}</button>
        </div>
        {kind === "comment" && <span className={classes.only}>{t("teamOnly")}</span>}
        <span className={classes.tools}>
          <IconButton label={t(full ? "leaveFullScreen" : "fullScreen")} onClick={() => setFull(!full)}>{full ? <IconArrowsDiagonalMinimize2 size={16} /> : <IconArrowsDiagonal size={16} />}</IconButton>
          <IconButton label={t("minimise")} onClick={() => onKind(null)}><IconChevronDown size={16} /></IconButton>
        </span>
      </div>
      <Compose key={kind} {...props} height={full ? undefined : size.height} />
    </section>
  );
}
