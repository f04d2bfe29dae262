import { SettingsPage } from "@/ui";

export function OutboxPage() {
  return <SettingsPage title="OutboxPage">{null}</SettingsPage>;
}
