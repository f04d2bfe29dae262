import type { t } from "./messages";

type Label = Parameters<typeof t>[0];

export interface SettingsEntry {
  to:
    | "/settings/profile" | "/settings/tokens" | "/settings/users" | "/settings/teams"
    | "/settings/pipelines" | "/settings/channels" | "/settings/attention";
  label: Label;
  /** Other words the palette finds it by. */
  words: string;
  adminOnly: boolean;
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
      { to: "/settings/profile", label: "profile", words: "name language time zone theme dark density", adminOnly: false },
      { to: "/settings/tokens", label: "tokens", words: "key integration bearer", adminOnly: false },
    ],
  },
  {
    label: "tickets",
    entries: [
      { to: "/settings/pipelines", label: "pipelines", words: "stage status automation closed", adminOnly: true },
      { to: "/settings/channels", label: "channels", words: "email mailbox imap smtp address", adminOnly: true },
      { to: "/settings/attention", label: "attention", words: "failed errors dead jobs", adminOnly: true },
    ],
  },
  {
    label: "company",
    entries: [
      { to: "/settings/users", label: "users", words: "people agents invite seat", adminOnly: true },
      { to: "/settings/teams", label: "teams", words: "groups people", adminOnly: true },
    ],
  },
];

/** The pages this person may open. */
export function settingsFor(admin: boolean): SettingsGroup[] {
  return SETTINGS.map((g) => ({ ...g, entries: g.entries.filter((e) => admin || !e.adminOnly) })).filter((g) => g.entries.length > 0);
}
