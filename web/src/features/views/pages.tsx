import { EmptyState } from "@/ui";

export function ViewPage() {
  return <EmptyState title="View" />;
}
