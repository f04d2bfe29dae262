import { PasswordField, SelectField, Switch, TextField } from "@/ui";
import type { Setting } from "../api";
import { useT } from "../messages";

interface Props {
  setting: Setting;
  value: string;
  error?: string;
  /** A secret is on the server already. */
  isSet: boolean;
  onChange: (value: string) => void;
  onBlur: () => void;
}

/** One setting of a channel, drawn from what its kind declares. */
export function SettingField({ setting, value, error, isSet, onChange, onBlur }: Props) {
  const t = useT();
  const shared = { label: setting.label, help: setting.help || undefined, error, optional: !setting.required, name: setting.name };
  switch (setting.type) {
    case "choice":
      return <SelectField {...shared} optional={false} choices={setting.choices ?? []} value={value} onChange={onChange} tight />;
    case "switch":
      return <Switch label={setting.label} help={setting.help} name={setting.name} checked={value === "true"} onChange={(on) => onChange(on ? "true" : "false")} />;
    case "secret":
      return <PasswordField {...shared} optional={false} value={value} onChange={onChange} onBlur={onBlur} autoComplete="new-password" placeholder={isSet ? t("secretKept") : undefined} tight />;
    case "number":
    case "text":
      return <TextField {...shared} value={value} onChange={onChange} onBlur={onBlur} autoComplete="off" tight />;
  }
}
