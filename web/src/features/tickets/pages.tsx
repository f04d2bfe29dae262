import { EmptyState } from "@/ui";

export function SplitTicketPage() {
  return <EmptyState title="Ticket" />;
}

export function TicketPage() {
  return <EmptyState title="Ticket" />;
}
