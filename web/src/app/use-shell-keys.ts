import { useNavigate } from "@tanstack/react-router";
import { settingsFor, settingsText } from "@/features/settings";
import { useCommands } from "@/lib/commands";
import { useShortcuts } from "@/lib/keyboard";
import { useCan, useChangeMe } from "@/lib/me";
import { useScheme } from "@/lib/preferences";
import { toastError } from "@/ui";
import { useT } from "./messages";

/** The keys and palette entries that work everywhere. */
export function useShellKeys({ openPalette, openHelp }: { openPalette: () => void; openHelp: () => void }): void {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  const change = useChangeMe();
  const scheme = useScheme();
  const contacts = () => void navigate({ to: "/contacts" });
  const outbox = () => void navigate({ to: "/outbox" });
  const settings = () => void navigate({ to: "/settings" });
  const toggleTheme = () => change.mutate({ preferences: { theme: scheme === "dark" ? "light" : "dark" } }, { onError: toastError });

  useShortcuts([
    { keys: "mod+k", label: t("palette"), scope: t("scopeGeneral"), run: openPalette },
    { keys: "?", label: t("help"), scope: t("scopeGeneral"), run: openHelp },
    { keys: "g c", label: t("contacts"), scope: t("scopeGo"), run: contacts },
    { keys: "g x", label: t("outbox"), scope: t("scopeGo"), run: outbox },
    { keys: "g ,", label: t("settings"), scope: t("scopeGo"), run: settings },
  ]);

  useCommands([
    { id: "go-contacts", label: t("goContacts"), group: t("scopeGo"), keys: "g c", words: "people customers", run: contacts },
    { id: "go-outbox", label: t("goOutbox"), group: t("scopeGo"), keys: "g x", words: "mail sent", run: outbox },
    { id: "go-settings", label: t("goSettings"), group: t("scopeGo"), keys: "g ,", words: "preferences administration", run: settings },
    { id: "help", label: t("help"), group: t("scopeGeneral"), keys: "?", run: openHelp },
    { id: "theme", label: t("toggleTheme"), group: t("scopeGeneral"), words: "dark mode", run: toggleTheme },
    ...settingsFor(can).flatMap((g) => g.entries.map((e) => ({
      id: `settings-${e.to}`, label: settingsText(e.label), group: t("settings"), words: `settings ${e.words}`, run: () => void navigate({ to: e.to }),
    }))),
  ]);
}
