import { Popover } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import classes from "./Float.module.css";

interface Props {
  open: boolean;
  onChange: (open: boolean) => void;
  label: string;
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}

/** A small panel beside its button; the focus goes in, Escape and a click outside close it. */
export function Pop({ open, onChange, label, trigger, align = "end", children }: Props) {
  return (
    <Popover opened={open} onChange={onChange} position={align === "end" ? "bottom-end" : "bottom-start"} offset={4} withinPortal trapFocus returnFocus transitionProps={{ duration: 80 }} classNames={{ dropdown: classes.float }}>
      <Popover.Target>{trigger}</Popover.Target>
      <Popover.Dropdown aria-label={label}>{children}</Popover.Dropdown>
    </Popover>
  );
}
