import { EmptyState } from "@/ui";

export function ContactsPage() {
  return <EmptyState title="Contacts" />;
}

export function ContactPage() {
  return <EmptyState title="Contact" />;
}
