import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Float.module.css";

/** A bare panel over the page, without a head: the palette. It is there at once, so that the next key is already its own. */
export function Overlay({ open, onClose, label, width = 620, children }: { open: boolean; onClose: () => void; label: string; width?: number; children: ReactNode }) {
  return (
    <Modal.Root classNames={{ content: classes.dialog }} opened={open} onClose={onClose} size={width} lockScroll={false} yOffset="12vh" xOffset={12} transitionProps={{ duration: 0 }}>
      <Modal.Overlay className={classes.veil} />
      <Modal.Content radius={10} aria-label={label}>{children}</Modal.Content>
    </Modal.Root>
  );
}
