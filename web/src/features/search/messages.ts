import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("search", {
  title: "Search and commands",
  placeholder: "Search tickets and contacts, or type a command",
  tickets: "Tickets",
  contacts: "Contacts",
  nothing: "Nothing found for “{query}”",
  searching: "Searching…",
  failed: "The search did not work: {reason}",
  shortcuts: "Keyboard shortcuts",
  results: "Results",
  hint: "↑↓ to choose, Enter to open, Esc to close",
});
