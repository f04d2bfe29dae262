import { defineMessages } from "@/lib/i18n";

export const { t, useT } = defineMessages("ui", {
  close: "Close",
  cancel: "Cancel",
  copy: "Copy",
  copied: "Copied",
  retry: "Try again",
  undo: "Undo",
  search: "Search",
  nothing: "Nothing found",
  none: "None",
  errorId: "Error id",
  offlineMeaning: "Nothing was changed. It will work again when the connection is back.",
  refusedMeaning: "Nothing was changed.",
  internalMeaning: "Something broke on the server. If it happens again, give this id to your administrator.",
  notices: "Notices",
  optional: "optional",
  showPassword: "Show password",
  hidePassword: "Hide password",
  required: "required",
  back: "Back",
});
