import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("settings", {
  settings: "Settings",
  you: "You",
  profile: "Profile and preferences",
  programs: "Programs",
  tokens: "API tokens",
  apps: "Apps",
  webhooks: "Webhooks",
  reference: "API reference",
  audit: "Audit log",
  company: "Company",
  users: "Users",
  teams: "Teams",
  tickets: "Tickets",
  pipelines: "Pipelines and statuses",
  properties: "Properties",
  channels: "Channels",
  attention: "Needs attention",
  toTickets: "Back to tickets",
});
