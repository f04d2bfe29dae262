import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useRef } from "react";
import { flushSync } from "react-dom";
import { Button, IconButton, Picker } from "@/ui";
import { Sortable } from "@/ui/Sortable";
import { useT } from "../messages";
import { COLOURS, type Option } from "../model";
import classes from "./Properties.module.css";

interface Props {
  options: readonly Option[];
  error?: string;
  onChange: (options: Option[]) => void;
}

/** The options of a property, in their order; a new one gets its internal value of its name. */
export function Options({ options, error, onChange }: Props) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const counter = useRef(0);
  const change = (key: string, with_: Partial<Option>) => onChange(options.map((o) => (o.key === key ? { ...o, ...with_ } : o)));
  const add = () => {
    counter.current += 1;
    const key = `new-${counter.current}`;
    // Drawn at once, so that what is typed next goes into it.
    flushSync(() => onChange([...options, { key, label: "", value: "", color: "", description: "", hidden: false }]));
    box.current?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
  };
  const colours = COLOURS.map((c) => ({ value: c || "-", label: c ? t(c) : t("colourNone"), icon: <span className={classes.dot} data-colour={c || undefined} /> }));
  return (
    <div ref={box} role="group" aria-label={t("options")} className={classes.options}>
      <span className={classes.legend}>{t("options")}</span>
      <Sortable label={t("options")} items={options} idOf={(o) => o.key} nameOf={(o) => o.label || t("newOption")} onChange={onChange}>
        {(o) => (
          <div className={classes.option}>
            <input
              className={classes.input} data-key={o.key} value={o.label} maxLength={200} placeholder={t("option")} aria-label={t("option")} aria-invalid={error && !o.label.trim() ? true : undefined}
              onChange={(e) => change(o.key, { label: e.target.value })}
              onKeyDown={(e) => {
                if (e.key !== "Enter") return;
                e.preventDefault();
                add();
              }}
            />
            <Picker quiet label={t("colour", { name: o.label || t("newOption") })} choices={colours} value={o.color || "-"} onChange={(c) => change(o.key, { color: c === "-" ? "" : c })} />
            <IconButton label={t("removeOption", { name: o.label || t("newOption") })} onClick={() => onChange(options.filter((x) => x.key !== o.key))}><IconTrash size={16} /></IconButton>
          </div>
        )}
      </Sortable>
      <Button size="small" kind="quiet" icon={<IconPlus size={14} aria-hidden />} onClick={add}>{t("addOption")}</Button>
      {error && <p role="alert" className={classes.wrong}>{error}</p>}
    </div>
  );
}
