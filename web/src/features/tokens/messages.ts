import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("tokens", {
  title: "API tokens",
  lead: "A token lets a program do everything by Deskbell's API and by HubSpot's paths. It is sent as “Authorization: Bearer …”.",
  create: "Create a token",
  empty: "No tokens yet",
  emptyText: "Make one for each program, so that one can be withdrawn without stopping the others.",
  name: "What is it for?",
  namePlaceholder: "Website contact form",
  nameEmpty: "Write what the token is for.",
  made: "Your new token",
  madeText: "Copy it now: it is shown this once and can't be shown again.",
  done: "I have copied it",
  created: "Made {at}",
  used: "last used {at}",
  unused: "never used",
  revoke: "Revoke",
  revokeTitle: "Revoke “{name}”?",
  revokeText: "The program that uses it is refused from now on. This can't be undone.",
  cancel: "Cancel",
  revoked: "“{name}” is revoked",
});
