import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useId, useState, type HTMLInputTypeAttribute, type ReactNode, type Ref } from "react";
import { IconButton } from "./Button";
import { cx } from "./cx";
import classes from "./Field.module.css";
import { useT } from "./messages";
import { Picker, type Choice } from "./Picker";

interface FieldProps {
  label: string;
  help?: ReactNode;
  error?: string;
  optional?: boolean;
  /** Leaves out the line kept free for a message. */
  tight?: boolean;
}

interface Ids {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string;
}

/** Label above, what is wrong below, explanation between; wires the names for screen readers. */
function Field({ label, help, error, optional, tight, children }: FieldProps & { children: (ids: Ids) => ReactNode }) {
  const t = useT();
  const id = useId();
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label} {optional && <span className={classes.optional}>({t("optional")})</span>}
      </label>
      {help && <span className={classes.help} id={`${id}-help`}>{help}</span>}
      {children({ id, "aria-invalid": error ? true : undefined, "aria-describedby": cx(help ? `${id}-help` : null, `${id}-error`) })}
      {(!tight || error) && <span className={classes.message} id={`${id}-error`} role={error ? "alert" : undefined}>{error}</span>}
    </div>
  );
}

export interface TextFieldProps extends FieldProps {
  name?: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  type?: HTMLInputTypeAttribute;
  placeholder?: string;
  autoComplete?: string;
  autoFocus?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  maxLength?: number;
  rows?: number;
  ref?: Ref<HTMLInputElement>;
}

export function TextField({ label, help, error, optional, tight, rows, onChange, ref, ...rest }: TextFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} tight={tight}>
      {(ids) =>
        rows ? (
          <textarea {...ids} {...rest} rows={rows} className={classes.input} onChange={(e) => onChange(e.target.value)} />
        ) : (
          <input type="text" {...ids} {...rest} ref={ref} className={classes.input} onChange={(e) => onChange(e.target.value)} />
        )
      }
    </Field>
  );
}

export function PasswordField({ label, help, error, optional, tight, onChange, ...rest }: Omit<TextFieldProps, "rows" | "type">) {
  const t = useT();
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} help={help} error={error} optional={optional} tight={tight}>
      {(ids) => (
        <div className={classes.with}>
          <input {...ids} {...rest} type={shown ? "text" : "password"} className={classes.input} onChange={(e) => onChange(e.target.value)} />
          <IconButton label={shown ? t("hidePassword") : t("showPassword")} onClick={() => setShown(!shown)}>
            {shown ? <IconEyeOff size={16} /> : <IconEye size={16} />}
          </IconButton>
        </div>
      )}
    </Field>
  );
}

interface SelectFieldProps extends FieldProps {
  name?: string;
  choices: readonly Choice[];
  value: string | null;
  onChange: (value: string) => void;
  placeholder?: string;
  disabled?: boolean;
}

export function SelectField({ label, help, error, optional, tight, ...rest }: SelectFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional} tight={tight}>
      {(ids) => <Picker {...rest} label={label} id={ids.id} invalid={Boolean(error)} describedBy={ids["aria-describedby"]} />}
    </Field>
  );
}

interface ToggleProps {
  label: ReactNode;
  help?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  name?: string;
}

export function Checkbox({ label, help, checked, onChange, ...rest }: ToggleProps) {
  return (
    <label className={classes.check}>
      <input type="checkbox" className={classes.box} checked={checked} onChange={(e) => onChange(e.target.checked)} {...rest} />
      <ToggleText label={label} help={help} />
    </label>
  );
}

export function Switch({ label, help, checked, onChange, ...rest }: ToggleProps) {
  return (
    <label className={classes.check}>
      <input type="checkbox" role="switch" className={classes.switch} checked={checked} onChange={(e) => onChange(e.target.checked)} {...rest} />
      <ToggleText label={label} help={help} />
    </label>
  );
}

function ToggleText({ label, help }: { label: ReactNode; help?: ReactNode }) {
  return (
    <span>
      {label}
      {help && <span className={classes.help} style={{ display: "block" }}>{help}</span>}
    </span>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  name: string;
  choices: readonly { value: T; label: string; icon?: ReactNode }[];
  value: T;
  onChange: (value: T) => void;
}

/** One of two or three, all in sight. */
export function Segments<T extends string>({ label, name, choices, value, onChange }: SegmentsProps<T>) {
  return (
    <div role="radiogroup" aria-label={label} className={classes.segments}>
      {choices.map((c) => (
        <label key={c.value} className={classes.segment}>
          <input type="radio" name={name} checked={c.value === value} onChange={() => onChange(c.value)} />
          {c.icon}
          {c.label}
        </label>
      ))}
    </div>
  );
}
