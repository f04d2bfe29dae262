import { SettingsPage } from "@/ui";

export function LoginPage() {
  return <SettingsPage title="LoginPage">{null}</SettingsPage>;
}

export function SetupPage() {
  return <SettingsPage title="SetupPage">{null}</SettingsPage>;
}
