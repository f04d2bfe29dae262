import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Float.module.css";

/** A bare panel over the page, without a head: the palette. */
export function Overlay({ open, onClose, label, width = 620, children }: { open: boolean; onClose: () => void; label: string; width?: number; children: ReactNode }) {
  return (
    <Modal.Root opened={open} onClose={onClose} size={width} lockScroll={false} yOffset="12vh" xOffset={12} transitionProps={{ duration: 60, transition: "fade" }}>
      <Modal.Overlay className={classes.veil} backgroundOpacity={1} color="transparent" />
      <Modal.Content className={classes.dialog} radius={10} aria-label={label}>{children}</Modal.Content>
    </Modal.Root>
  );
}
