import { SettingsPage } from "@/ui";

export function PipelinesPage() {
  return <SettingsPage title="PipelinesPage">{null}</SettingsPage>;
}

export function PipelinePage() {
  return <SettingsPage title="PipelinePage">{null}</SettingsPage>;
}
