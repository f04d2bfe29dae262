import { SettingsPage } from "@/ui";

export function AttentionPage() {
  return <SettingsPage title="AttentionPage">{null}</SettingsPage>;
}
