import { SettingsPage } from "@/ui";

export function TokensPage() {
  return <SettingsPage title="TokensPage">{null}</SettingsPage>;
}
