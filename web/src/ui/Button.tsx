import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import classes from "./Button.module.css";
import { cx } from "./cx";
import { Tip } from "./Tip";

export type ButtonKind = "primary" | "plain" | "quiet" | "danger" | "dangerFill";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  size?: "normal" | "small";
  icon?: ReactNode;
  /** Shows that it works on it, keeps its width, and can't be pressed again. */
  busy?: boolean;
  wide?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ kind = "plain", size = "normal", icon, busy, wide, className, children, type = "button", ...rest }: Props) {
  const names = cx(classes.button, classes[kind], size === "small" && classes.small, wide && classes.wide, busy && classes.busy, className);
  return (
    <button type={type} className={names} aria-busy={busy || undefined} {...rest} onClick={busy ? (e) => e.preventDefault() : rest.onClick}>
      {icon}
      {children !== undefined && <span>{children}</span>}
      {busy && <span className={classes.spin} aria-hidden />}
    </button>
  );
}

/** Class names of a button, for links that look like one. */
export function buttonClass(kind: ButtonKind = "plain", size: "normal" | "small" = "normal"): string {
  return cx(classes.button, classes[kind], size === "small" && classes.small);
}

interface IconProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Its name for screen readers and its tooltip. */
  label: string;
  /** Keys shown in the tooltip: "mod+k". */
  keys?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, keys, className, children, type = "button", ...rest }: IconProps) {
  return (
    <Tip label={label} keys={keys}>
      <button type={type} className={cx(classes.icon, className)} aria-label={label} {...rest}>
        {children}
      </button>
    </Tip>
  );
}
