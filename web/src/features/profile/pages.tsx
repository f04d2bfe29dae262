import { SettingsPage } from "@/ui";

export function ProfilePage() {
  return <SettingsPage title="ProfilePage">{null}</SettingsPage>;
}
