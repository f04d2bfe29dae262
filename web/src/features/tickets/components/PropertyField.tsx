import { useState } from "react";
import { dayAndTime, getPlace } from "@/lib/time";
import { Avatar, Picker, type Choice } from "@/ui";
import { useDirectory } from "../directory";
import { useT } from "../messages";
import { controlOf, instant, readable, splitMany } from "../properties";
import { fromField, toField } from "../snooze";
import type { Property } from "../types";
import classes from "./Details.module.css";

interface Props {
  property: Property;
  /** All that the record has: of amounts it may say the currency. */
  values: Record<string, string>;
  editable: boolean;
  error?: string;
  onChange: (value: string) => void;
}

/** One property, edited in place by the control its type asks for: a custom property needs no code. */
export function PropertyField({ property, values, editable, error, onChange }: Props) {
  const value = values[property.name] ?? "";
  const currency = values[property.currency];
  const control = controlOf(property);
  const locked = !editable || property.readOnly;
  return (
    <div className={classes.property}>
      <dt title={property.description || undefined}>{property.label}</dt>
      <dd>
        {locked ? <Shown property={property} value={value} currency={currency} />
          : control === "pick" || control === "yesno" || control === "user" ? <Pick property={property} value={value} onChange={onChange} />
          : control === "many" ? <Many property={property} value={value} onChange={onChange} />
          : <Typed property={property} value={value} currency={currency} onChange={onChange} />}
        {error && <span role="alert" className={classes.refused}>{error}</span>}
      </dd>
    </div>
  );
}

interface PartProps extends Pick<Props, "property" | "onChange"> {
  value: string;
  currency?: string;
}

function useReadable(property: Property, value: string, currency?: string): string {
  const t = useT();
  const { user } = useDirectory();
  const { locale } = getPlace();
  const date = (iso: string) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));
  return readable(property, value, { yes: t("yes"), no: t("no"), date, dateTime: dayAndTime, user: (id) => user(id)?.name, currency });
}

function Shown({ property, value, currency }: Omit<PartProps, "onChange">) {
  const t = useT();
  const text = useReadable(property, value, currency);
  return <span className={classes.value}>{text || t("empty")}</span>;
}

function Pick({ property, value, onChange }: PartProps) {
  const t = useT();
  const { users } = useDirectory();
  const control = controlOf(property);
  const options: Choice[] = control === "yesno" ? [{ value: "true", label: t("yes") }, { value: "false", label: t("no") }]
    : control === "user" ? users.filter((u) => u.active).map((u) => ({ value: u.id, label: u.name, icon: <Avatar name={u.name} seed={u.id} size={18} /> }))
    : property.options.filter((o) => !o.hidden || o.value === value).map((o) => ({ value: o.value, label: o.label }));
  return <Picker quiet searchFrom={1} label={property.label} choices={[{ value: "", label: t("none") }, ...options]} value={value || null} onChange={(v) => v !== value && onChange(v)} placeholder={t("empty")} />;
}

/** Several of many: each choice switches one on or off. */
function Many({ property, value, onChange }: PartProps) {
  const t = useT();
  const chosen = splitMany(value);
  const choices = property.options.filter((o) => !o.hidden || chosen.includes(o.value)).map((o) => ({ value: o.value, label: o.label, note: chosen.includes(o.value) ? "✓" : undefined }));
  const toggle = (v: string) => onChange((chosen.includes(v) ? chosen.filter((c) => c !== v) : [...chosen, v]).join(";"));
  const text = useReadable(property, value);
  return <Picker quiet searchFrom={1} label={property.label} choices={choices} value={null} onChange={toggle}><span className={classes.value}>{text || t("empty")}</span></Picker>;
}

const INPUT = { number: "number", date: "date", datetime: "datetime-local", email: "email", tel: "tel", url: "url", line: "text" } as const;

function Typed({ property, value, currency, onChange }: PartProps) {
  const t = useT();
  const { timeZone } = getPlace();
  const control = controlOf(property) as keyof typeof INPUT | "area";
  const [text, setText] = useState<string | null>(null);
  const shown = useReadable(property, value, currency);
  const begin = () => {
    const iso = instant(value);
    if (control === "date") setText(iso?.slice(0, 10) ?? "");
    else setText(control === "datetime" ? (iso ? toField(new Date(iso), timeZone) : "") : value);
  };
  const keep = () => {
    if (text === null) return;
    const next = control === "datetime" ? (fromField(text, timeZone)?.toISOString() ?? "") : text.trim();
    setText(null);
    if (next !== value) onChange(next);
  };
  if (text === null) {
    return <button type="button" className={classes.edit} onClick={begin} aria-label={`${t("edit", { label: property.label })}: ${shown || t("empty")}`}><span className={control === "area" ? classes.long : classes.value}>{shown || t("empty")}</span></button>;
  }
  const shared = { autoFocus: true, value: text, "aria-label": property.label, className: classes.input, onBlur: keep };
  const key = (e: React.KeyboardEvent) => {
    if (e.key === "Escape") setText(null);
    if (e.key === "Enter" && (control !== "area" || e.ctrlKey || e.metaKey)) keep();
  };
  return control === "area"
    ? <textarea {...shared} rows={5} onChange={(e) => setText(e.target.value)} onKeyDown={key} />
    : <input {...shared} type={INPUT[control]} step="any" onChange={(e) => setText(e.target.value)} onKeyDown={key} />;
}
