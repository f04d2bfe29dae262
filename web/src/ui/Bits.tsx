import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import { useState, type CSSProperties, type ReactNode } from "react";
import classes from "./Bits.module.css";
import { Button } from "./Button";
import { cx } from "./cx";
import { initials, tint } from "./avatar";
import { useT } from "./messages";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "danger";

/** A person as two letters on their colour. */
export function Avatar({ name, seed, size = 24 }: { name: string; seed?: string; size?: number }) {
  const { background, color } = tint(seed ?? name);
  // The letters are drawn by CSS: as text they would be part of the name of the button they stand in.
  return <span className={classes.avatar} style={{ width: size, height: size, fontSize: Math.round(size * 0.42), background, color }} data-initials={initials(name)} aria-hidden />;
}

export function Pill({ tone = "neutral", dot, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return (
    <span className={cx(classes.pill, classes[tone])}>
      {dot && <StatusDot tone={tone} />}
      {children}
    </span>
  );
}

/** A coloured point; the word beside it carries the meaning. */
export function StatusDot({ tone = "neutral" }: { tone?: Tone }) {
  const name = { neutral: "", accent: classes.dotAccent, ok: classes.dotOk, warn: classes.dotWarn, danger: classes.dotDanger }[tone];
  return <span className={cx(classes.dot, name)} aria-hidden />;
}

/** A grey place of a known size for what is on its way. */
export function Skeleton({ width = "100%", height = 14, style }: { width?: number | string; height?: number; style?: CSSProperties }) {
  return <span className={classes.skeleton} style={{ width, height, ...style }} aria-hidden />;
}

/** How much of something is done. */
export function Progress({ label, value, max = 1 }: { label: string; value: number; max?: number }) {
  return <progress className={classes.progress} aria-label={label} value={value} max={max} />;
}

/** Nothing here yet: what this place is for, and the next step (UX-6). */
export function EmptyState({ icon, title, children, actions }: { icon?: ReactNode; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className={classes.empty}>
      {icon && <span className={classes.emptyIcon} aria-hidden>{icon}</span>}
      <p className={classes.emptyTitle}>{title}</p>
      {children && <p>{children}</p>}
      {actions && <div className={classes.emptyActions}>{actions}</div>}
    </div>
  );
}

interface Failure {
  message: string;
  status?: number;
  correlationId?: string;
}

/** What happened, what it means, what to do, and an id to hand on. Takes anything thrown; draws nothing for null. */
export function ErrorNote({ error, title, onRetry }: { error: unknown; title?: string; onRetry?: () => void }) {
  const t = useT();
  if (!error) return null;
  const { message, status, correlationId }: Failure = error instanceof Error ? error : { message: String(error) };
  const meaning = status === 0 ? t("offlineMeaning") : status !== undefined && status >= 500 ? t("internalMeaning") : undefined;
  return (
    <div className={classes.error} role="alert">
      <IconAlertTriangle size={16} aria-hidden />
      <div className={classes.errorBody}>
        <div className={classes.errorTitle}>{title ?? message}</div>
        {title && <div>{message}</div>}
        {meaning && <div>{meaning}</div>}
        {correlationId && (
          <div className={classes.errorId}>
            {t("errorId")} <Copyable text={correlationId} />
          </div>
        )}
      </div>
      {onRetry && <Button size="small" onClick={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

/** A text that a click copies: ids, addresses, tokens. */
export function Copyable({ text, shown }: { text: string; shown?: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" className={classes.copy} onClick={() => void copy()} aria-label={`${t("copy")} ${shown ?? text}`} title={text}>
      <span>{shown ?? text}</span>
      {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
      <span className="sr-only" role="status">{copied ? t("copied") : ""}</span>
    </button>
  );
}
