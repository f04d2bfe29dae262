import { Tooltip } from "@mantine/core";
import type { ReactElement } from "react";
import { Kbd } from "./Kbd";
import classes from "./Float.module.css";

/** A short name for what the pointer or the focus is on, with its keys. */
export function Tip({ label, keys, children }: { label: string; keys?: string; children: ReactElement }) {
  return (
    <Tooltip
      label={keys ? <span className={classes.tipRow}>{label} <Kbd keys={keys} /></span> : label}
      openDelay={400}
      closeDelay={0}
      events={{ hover: true, focus: true, touch: false }}
      transitionProps={{ duration: 80 }}
      classNames={{ tooltip: classes.tip }}
      withinPortal
    >
      {children}
    </Tooltip>
  );
}
