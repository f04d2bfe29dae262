import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { useCommands } from "@/lib/commands";
import { useShortcuts } from "@/lib/keyboard";
import { closeCreateTicket, isCreateOpen, openCreateTicket, watchCreate } from "../create";
import { useT } from "../messages";

const CreateTicket = lazy(() => import("./CreateTicket"));

/** Stands in the shell, so that the panel outlives the page it was opened from. */
export function CreateTicketHost() {
  const t = useT();
  const open = useSyncExternalStore(watchCreate, isCreateOpen, isCreateOpen);
  const [wanted, setWanted] = useState(false);
  if (open && !wanted) setWanted(true);
  useShortcuts([{ keys: "n", label: t("create"), scope: t("scope"), run: openCreateTicket }]);
  useCommands([{ id: "create-ticket", label: t("create"), group: t("scope"), keys: "n", words: "new", run: openCreateTicket }]);
  if (!wanted) return null;
  return (
    <Suspense fallback={null}>
      <CreateTicket open={open} onClose={closeCreateTicket} />
    </Suspense>
  );
}
