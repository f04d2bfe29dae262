import { useEffect, useRef, useState } from "react";
import { useScheme } from "@/lib/preferences";
import { cx } from "@/ui";
import { frameDocument, frameStyles, hasOwnColours, PAPER, SANDBOX } from "../mailframe";
import { useT } from "../messages";
import classes from "./MailBody.module.css";

const heights = new Map<string, number>();

/**
 * A mail with a look of its own. The height is measured from outside and remembered, so that a ticket that is opened
 * again stands still at once.
 */
export function MailFrame({ id, html, remote, name }: { id: string; html: string; remote: boolean; name: string }) {
  const t = useT();
  const scheme = useScheme();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(() => heights.get(id) ?? Math.min(60 + html.length / 12, 400));
  const paper = hasOwnColours(html);
  useEffect(() => {
    const el = frame.current;
    if (!el) return;
    let watch: ResizeObserver | undefined;
    const ready = () => {
      const doc = el.contentDocument;
      if (!doc?.body) return;
      dress(doc, paper);
      const measure = () => {
        const next = Math.ceil(doc.body.getBoundingClientRect().height) + (doc.body.scrollWidth > doc.body.clientWidth ? 14 : 0);
        heights.set(id, next);
        setHeight(next);
      };
      watch?.disconnect();
      // In the next frame: a height set while sizes are being told would have to be told again.
      watch = new ResizeObserver(() => requestAnimationFrame(measure));
      watch.observe(doc.body);
      measure();
    };
    el.addEventListener("load", ready);
    if (el.contentDocument?.readyState === "complete") ready();
    return () => {
      watch?.disconnect();
      el.removeEventListener("load", ready);
    };
  }, [id, html, remote, paper, scheme]);
  return (
    <iframe
      ref={frame} className={cx(classes.frame, paper && classes.paper)} title={t("messageText", { name })} sandbox={SANDBOX}
      srcDoc={frameDocument(html, location.origin, remote)} style={{ height: paper ? height + 24 : height }}
    />
  );
}

/**
 * Puts on the style sheet from outside. The frame inherits the policy of this page, which knows no inline styles, so
 * those of the mail are set by script as well; the server has already judged each of them.
 */
function dress(doc: Document, paper: boolean): void {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const font = colour("--font") || "sans-serif";
  const look = paper ? { font, ...PAPER } : { font, text: colour("--text"), muted: colour("--text-3"), link: colour("--accent-text"), border: colour("--border-strong") };
  const view = doc.defaultView as (Window & typeof globalThis) | null;
  if (view) {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(frameStyles(look));
    doc.adoptedStyleSheets = [sheet];
  }
  for (const el of doc.querySelectorAll<HTMLElement>("[data-style]")) el.style.cssText = el.dataset.style ?? "";
}
