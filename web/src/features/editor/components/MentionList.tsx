import { createPortal } from "react-dom";
import { Avatar, cx } from "@/ui";
import { useT } from "../messages";
import type { MentionMenu } from "./mention";
import classes from "./Text.module.css";

const ROW = 32;

/** Who can be mentioned, beside the caret: above it, because the editor stands at the foot of the page. */
export function MentionList({ menu }: { menu: MentionMenu }) {
  const t = useT();
  if (!menu.rect) return null;
  const height = Math.max(menu.choices.length, 1) * ROW + 8;
  const above = menu.rect.top > height + 8;
  const place = { left: Math.min(menu.rect.left, innerWidth - 270), top: above ? menu.rect.top - height - 4 : menu.rect.bottom + 4 };
  return createPortal(
    <ul className={classes.mentions} style={place} role="listbox" aria-label={t("mentionPeople")} data-mention-list>
      {menu.choices.length === 0 && <li className={classes.mention}>{t("mentionNone")}</li>}
      {menu.choices.map((c, i) => (
        <li key={c.id} role="option" aria-selected={i === menu.at} className={cx(classes.mention, i === menu.at && classes.mentionAt)} onPointerDown={(e) => { e.preventDefault(); menu.pick(c); }}>
          <Avatar name={c.label} seed={c.id.slice(5)} size={20} />
          <span>{c.label}</span>
          {c.team && <small>{t("team")}</small>}
        </li>
      ))}
    </ul>,
    document.body,
  );
}
