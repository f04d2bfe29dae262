import { SettingsPage } from "@/ui";

export function UsersPage() {
  return <SettingsPage title="UsersPage">{null}</SettingsPage>;
}

export function TeamsPage() {
  return <SettingsPage title="TeamsPage">{null}</SettingsPage>;
}
