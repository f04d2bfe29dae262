import { Drawer, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { IconX } from "@tabler/icons-react";
import classes from "./Float.module.css";
import { IconButton } from "./Button";
import { useT } from "./messages";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Its width in pixels; on a phone it takes the screen's. */
  width?: number;
  children: ReactNode;
}

/** A question or a small form over the page. The focus stays inside and goes back where it came from. */
export function Dialog({ open, onClose, title, width = 480, children }: Props) {
  const t = useT();
  return (
    <Modal.Root classNames={{ content: classes.dialog }} opened={open} onClose={onClose} size={width} lockScroll={false} yOffset="10vh" xOffset={16} transitionProps={{ duration: 100, transition: "fade" }}>
      <Modal.Overlay className={classes.veil} />
      <Modal.Content radius={10}>
        {/* After the body in the document, above it on screen: the focus starts at the first field, not at Close. */}
        <Modal.Body className={classes.dialogBody}>{children}</Modal.Body>
        <Modal.Header className={classes.dialogHead}>
          <Modal.Title className={classes.dialogTitle}>{title}</Modal.Title>
          <IconButton label={t("close")} onClick={onClose}>
            <IconX size={16} />
          </IconButton>
        </Modal.Header>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The row of buttons at a dialog's foot. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={classes.dialogFoot}>{children}</div>;
}

/** A panel from the side; `side` start is the navigation of a phone. */
export function SidePanel({ open, onClose, title, side = "end", width = 420, hideHead, children }: Props & { side?: "start" | "end"; hideHead?: boolean }) {
  const t = useT();
  return (
    <Drawer.Root classNames={{ content: classes.dialog }} opened={open} onClose={onClose} size={width} position={side === "start" ? "left" : "right"} lockScroll={false} transitionProps={{ duration: 120 }}>
      <Drawer.Overlay className={classes.veil} />
      <Drawer.Content radius={0} aria-label={title}>
        <Drawer.Body className={hideHead ? classes.bareBody : classes.dialogBody}>{children}</Drawer.Body>
        {!hideHead && (
          <Drawer.Header className={classes.dialogHead}>
            <Drawer.Title className={classes.dialogTitle}>{title}</Drawer.Title>
            <IconButton label={t("close")} onClick={onClose}>
              <IconX size={16} />
            </IconButton>
          </Drawer.Header>
        )}
      </Drawer.Content>
    </Drawer.Root>
  );
}
