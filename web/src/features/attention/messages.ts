import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("attention", {
  title: "Needs attention",
  lead: "What Deskbell could not finish by itself. Nothing here is lost: mend the cause and try again.",
  messages: "Messages that could not be read",
  messagesHelp: "They are kept whole, as they came.",
  jobs: "Work that failed",
  jobsHelp: "It was tried again and again, and given up.",
  nothing: "All is well",
  nothingText: "A message that can't be read, or work that keeps failing, would wait here.",
  retry: "Try again",
  download: "Download",
  noSubject: "(no subject)",
  tried_one: "tried once",
  tried_other: "tried {count} times",
  retried: "It is being tried again",
});
