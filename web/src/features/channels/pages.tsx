import { SettingsPage } from "@/ui";

export function ChannelsPage() {
  return <SettingsPage title="ChannelsPage">{null}</SettingsPage>;
}

export function NewChannelPage() {
  return <SettingsPage title="NewChannelPage">{null}</SettingsPage>;
}

export function ChannelPage() {
  return <SettingsPage title="ChannelPage">{null}</SettingsPage>;
}
