import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("outbox", {
  title: "Outbox",
  lead: "Mail that Deskbell wrote and kept, because no server that sends is connected.",
  connect: "Connect a server that sends",
  empty: "The outbox is empty",
  emptyText: "Replies are kept here while no mail server is connected: read them, or download them as files.",
  choose: "Choose a message to read it",
  noSubject: "(no subject)",
  to: "To {names}",
  from: "From",
  toLabel: "To",
  at: "Written",
  download: "Download (.eml)",
  ticket: "Open its ticket",
  headers: "All headers",
  more: "Show older",
  back: "All messages",
  list: "Messages",
});
