import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("notifications", {
  title: "Notifications",
  unread_one: "{count} unread notification",
  unread_other: "{count} unread notifications",
  allRead: "Mark all as read",
  empty: "Nothing new",
  emptyText: "You hear here of tickets assigned to you, mentions, replies, and mail that could not be sent.",
  more: "Show older",
});
