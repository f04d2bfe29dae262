import type { ReactNode } from "react";
import { ErrorNote, Skeleton } from "./Bits";
import { cx } from "./cx";
import { Checkbox, TextField } from "./Field";
import classes from "./TickList.module.css";
import { toggled } from "./toggled";

interface Props {
  label: string;
  placeholder: string;
  typed: string;
  onType: (typed: string) => void;
  /** What is on its way, or the reason why it does not come. */
  source: { isPending: boolean; error: unknown; refetch: () => unknown };
  items: { name: string; help?: string }[];
  /** Said when nothing fits what was typed. */
  none: string;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** Said below: how many are chosen. */
  foot: ReactNode;
  error?: string;
}

/** Technical names to tick, narrowed by typing. */
export function TickList({ label, placeholder, typed, onType, source, items, none, chosen, onChange, foot, error }: Props) {
  return (
    <div role="group" aria-label={label}>
      <TextField label={label} placeholder={placeholder} value={typed} onChange={onType} tight />
      <ErrorNote error={source.error} onRetry={() => void source.refetch()} />
      <div className={classes.list}>
        {source.isPending && [1, 2, 3].map((i) => <div key={i} className={classes.item}><Skeleton height={34} /></div>)}
        {!source.isPending && !source.error && items.length === 0 && <p className={classes.none}>{none}</p>}
        {items.map(({ name, help }) => (
          <div key={name} className={classes.item}>
            <Checkbox label={<code className={classes.name}>{name}</code>} help={help} checked={chosen.includes(name)} onChange={(on) => onChange(toggled(chosen, name, on))} />
          </div>
        ))}
      </div>
      <p className={cx(classes.foot, error && classes.wrong)} role={error ? "alert" : "status"}>{error ?? foot}</p>
    </div>
  );
}
