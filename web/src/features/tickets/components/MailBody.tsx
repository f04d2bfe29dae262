import { useMemo, useState } from "react";
import { linkify } from "../display";
import { foldQuotes, parseBody, plainElements } from "../mailbody";
import { parkStyles, resolveCids, showRemote } from "../mailframe";
import { useT } from "../messages";
import type { Attachment } from "../types";
import classes from "./MailBody.module.css";
import { MailFrame } from "./MailFrame";

interface Props {
  id: string;
  html: string;
  text: string;
  visible?: string;
  hasQuote?: boolean;
  attachments: readonly Attachment[];
  remoteImages?: number;
  /** Whose words these are, for the frame's name. */
  name: string;
}

/** The words of a message: as elements of the page where they are plain, in a frame of their own where not. */
export function MailBody({ id, html, text, visible, hasQuote, attachments, remoteImages = 0, name }: Props) {
  const t = useT();
  const [remote, setRemote] = useState(false);
  const summary = t("showQuote");
  const made = useMemo(() => {
    if (!html.trim()) return null;
    const whole = resolveCids(remote ? showRemote(html) : html, attachments);
    const body = parseBody(parkStyles(whole));
    if (hasQuote) foldQuotes(body, summary);
    return { plain: remote ? null : plainElements(body), html: body.innerHTML };
  }, [html, attachments, remote, hasQuote, summary]);
  return (
    <>
      {remoteImages > 0 && !remote && (
        <p className={classes.held}>
          {t("imagesHeld", { count: remoteImages })} <button type="button" onClick={() => setRemote(true)}>{t("showImages")}</button>
        </p>
      )}
      {!made ? <PlainText text={text} visible={hasQuote ? visible : undefined} />
        : made.plain ? <div className={classes.prose}>{made.plain}</div>
        : <MailFrame id={id} html={made.html} remote={remote} name={name} />}
    </>
  );
}

/** A mail without HTML: its text with links; what is quoted is folded. */
function PlainText({ text, visible }: { text: string; visible?: string }) {
  const t = useT();
  const [whole, setWhole] = useState(false);
  const foldable = Boolean(visible?.trim()) && visible?.trim() !== text.trim();
  const shown = foldable && !whole ? (visible ?? "") : text;
  if (!text.trim()) return <p className={classes.none}>{t("emptyMessage")}</p>;
  return (
    <div className={classes.text}>
      {linkify(shown.trim()).map((part, i) => part.href ? <a key={i} href={part.href} target="_blank" rel="noopener noreferrer">{part.text}</a> : part.text)}
      {foldable && <div><button type="button" className={classes.fold} aria-expanded={whole} onClick={() => setWhole(!whole)}>{whole ? t("hideQuote") : t("showQuote")}</button></div>}
    </div>
  );
}
