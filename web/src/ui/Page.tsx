import type { ReactNode } from "react";
import { cx } from "./cx";
import classes from "./Page.module.css";

/** A page of the shell: a bar with its name and actions, content that scrolls beneath. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.page}>
      <header className={classes.bar}>
        <h1>{title}</h1>
        {actions && <div className={classes.barActions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A page of the settings: one subject, its explanation on top. */
export function SettingsPage({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.page}>
      <div className={classes.settings}>
        <header className={classes.head}>
          <div className={classes.headText}>
            <h1>{title}</h1>
            {lead && <p className={classes.lead}>{lead}</p>}
          </div>
          {actions && <div className={classes.row}>{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}

/** A part of a settings page; with `split` the explanation stands beside it. */
export function Section({ title, help, split, children }: { title: string; help?: ReactNode; split?: boolean; children: ReactNode }) {
  return (
    <section className={cx(classes.section, split && classes.sectionSplit)}>
      <div>
        <h2>{title}</h2>
        {help && <p className={classes.sectionHelp}>{help}</p>}
      </div>
      <div className={classes.stack} style={split ? undefined : { marginTop: 12 }}>{children}</div>
    </section>
  );
}

export function Stack({ children }: { children: ReactNode }) {
  return <div className={classes.stack}>{children}</div>;
}

export function Row({ children }: { children: ReactNode }) {
  return <div className={classes.row}>{children}</div>;
}

/** Rows between hairlines. */
export function RowList({ label, children }: { label: string; children: ReactNode }) {
  return <ul className={classes.list} aria-label={label}>{children}</ul>;
}

interface ItemProps {
  lead?: ReactNode;
  title: ReactNode;
  note?: ReactNode;
  children?: ReactNode;
}

export function RowItem({ lead, title, note, children }: ItemProps) {
  return (
    <li className={classes.item}>
      {lead}
      <div className={classes.itemMain}>
        <div className={classes.itemTitle}>{title}</div>
        {note && <div className={classes.itemNote}>{note}</div>}
      </div>
      {children && <div className={classes.itemSide}>{children}</div>}
    </li>
  );
}
