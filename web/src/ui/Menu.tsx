import { Menu as Base } from "@mantine/core";
import { cloneElement, Fragment, type ReactElement, type ReactNode } from "react";
import { Kbd } from "./Kbd";
import classes from "./Float.module.css";

export interface MenuEntry {
  label: string;
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  run: () => void;
}

export interface MenuGroup {
  label?: string;
  entries: MenuEntry[];
}

interface Props {
  trigger: ReactElement;
  groups: MenuGroup[];
  align?: "start" | "end";
  width?: number;
  /** Stands above the groups and takes no focus. */
  head?: ReactNode;
}

/** Actions behind a button: arrows, letters and Escape work. */
export function Menu({ trigger, groups, align = "end", width = 208, head }: Props) {
  return (
    <Base withInitialFocusPlaceholder={false} position={align === "end" ? "bottom-end" : "bottom-start"} offset={4} width={width} withinPortal transitionProps={{ duration: 80 }} classNames={{ dropdown: classes.float, item: classes.item, label: classes.label, divider: classes.line }}>
      <Base.Target>{cloneElement(trigger)}</Base.Target>
      <Base.Dropdown>
        {head}
        {groups.map((group, i) => (
          <Fragment key={group.label ?? i}>
            {i > 0 && <Base.Divider />}
            {group.label && <Base.Label>{group.label}</Base.Label>}
            <Entries entries={group.entries} />
          </Fragment>
        ))}
      </Base.Dropdown>
    </Base>
  );
}

function Entries({ entries }: { entries: MenuEntry[] }) {
  const choices = entries.some((e) => e.checked !== undefined);
  if (choices) {
    return (
      <Base.RadioGroup value={entries.find((e) => e.checked)?.label ?? null} onChange={(label) => entries.find((e) => e.label === label)?.run()}>
        {entries.map((entry) => <Base.RadioItem key={entry.label} value={entry.label} disabled={entry.disabled} closeMenuOnClick>{entry.label}</Base.RadioItem>)}
      </Base.RadioGroup>
    );
  }
  return entries.map((entry) => (
    <Base.Item key={entry.label} onClick={entry.run} disabled={entry.disabled} data-danger={entry.danger} leftSection={entry.icon} rightSection={entry.keys ? <Kbd keys={entry.keys} /> : undefined}>
      {entry.label}
    </Base.Item>
  ));
}
