import { IconLock } from "@tabler/icons-react";
import { memo } from "react";
import { dayAndTime, fullTime } from "@/lib/time";
import { Avatar, cx } from "@/ui";
import { useT } from "../messages";
import type { Comment } from "../types";
import { Files } from "./Files";
import classes from "./Items.module.css";
import { MailBody } from "./MailBody";

/** A word among colleagues: on yellow, so that nobody takes it for a message to the customer. */
export const CommentItem = memo(function CommentItem({ comment }: { comment: Comment }) {
  const t = useT();
  const { name, userId } = comment.author;
  return (
    <article className={cx(classes.message, classes.comment, comment.pending && classes.pending)} aria-label={`${t("comment")}: ${name}`} data-item={comment.id}>
      <header className={classes.head}>
        <Avatar name={name} seed={userId ?? name} size={28} />
        <div className={classes.who}>
          <div className={classes.line}><strong>{name}</strong></div>
          <span className={classes.private}><IconLock size={12} aria-hidden />{t("team")}</span>
        </div>
        <time className={classes.time} dateTime={comment.at} title={fullTime(comment.at)}>{dayAndTime(comment.at)}</time>
      </header>
      <div className={classes.body}>
        <MailBody id={comment.id} html={comment.html} text={comment.text} attachments={comment.attachments} name={name} />
        <Files files={comment.attachments} />
      </div>
    </article>
  );
});
