import type { t } from "./messages";

type Label = Parameters<typeof t>[0];

export interface SettingsEntry {
  to:
    | "/settings/profile" | "/settings/tokens" | "/settings/users" | "/settings/teams"
    | "/settings/apps" | "/settings/webhooks" | "/settings/audit" | "/settings/reference"
    | "/settings/pipelines" | "/settings/properties" | "/settings/channels" | "/settings/attention";
  label: Label;
  /** Other words the palette finds it by. */
  words: string;
  /** What one must be allowed to open it; none: everybody. */
  needs?: "users" | "account" | "pipelines" | "properties" | "tokens" | "audit";
}

export interface SettingsGroup {
  label: Label;
  entries: SettingsEntry[];
}

/** Every page of the settings: the sidebar and the palette are drawn from it. */
export const SETTINGS: readonly SettingsGroup[] = [
  {
    label: "you",
    entries: [
      { to: "/settings/profile", label: "profile", words: "name language time zone theme dark density" },
    ],
  },
  {
    label: "tickets",
    entries: [
      { to: "/settings/pipelines", label: "pipelines", words: "stage status automation closed", needs: "pipelines" },
      { to: "/settings/properties", label: "properties", words: "fields custom contacts companies deals options", needs: "properties" },
      { to: "/settings/channels", label: "channels", words: "email mailbox imap smtp address", needs: "account" },
      { to: "/settings/attention", label: "attention", words: "failed errors dead jobs", needs: "account" },
    ],
  },
  {
    label: "company",
    entries: [
      { to: "/settings/users", label: "users", words: "people agents invite seat", needs: "users" },
      { to: "/settings/teams", label: "teams", words: "groups people", needs: "users" },
      { to: "/settings/audit", label: "audit", words: "log security sign-ins history who", needs: "audit" },
    ],
  },
  {
    label: "programs",
    entries: [
      { to: "/settings/tokens", label: "tokens", words: "key integration bearer private app scopes", needs: "tokens" },
      { to: "/settings/apps", label: "apps", words: "oauth integration client secret install", needs: "tokens" },
      { to: "/settings/webhooks", label: "webhooks", words: "integration events subscriptions push url", needs: "tokens" },
      { to: "/settings/reference", label: "reference", words: "openapi developer documentation routes rest hubspot" },
    ],
  },
];

/** The pages this person may open. */
export function settingsFor(can: (permission: string) => boolean): SettingsGroup[] {
  return SETTINGS.map((g) => ({ ...g, entries: g.entries.filter((e) => !e.needs || can(e.needs)) })).filter((g) => g.entries.length > 0);
}
