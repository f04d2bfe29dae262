import { useCanGoBack, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useShortcuts } from "@/lib/keyboard";
import { useT } from "../messages";
import { TicketPane } from "./TicketPane";

/** A ticket by its own address, as links and notices have it: without a list beside. */
export function TicketPage() {
  const t = useT();
  const { ticketId } = useParams({ strict: false }) as { ticketId: string };
  const navigate = useNavigate();
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const list = () => void navigate({ to: "/views/$viewId", params: { viewId: "open" } });
  const back = () => (canGoBack ? router.history.back() : list());
  useShortcuts([{ keys: "u", label: t("back"), scope: t("scope"), run: back }]);
  return <TicketPane id={ticketId} onBack={back} onGone={list} wide />;
}
