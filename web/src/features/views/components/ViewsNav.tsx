import { Link } from "@tanstack/react-router";

/** The views in the sidebar. */
export function ViewsNav({ onGo }: { onGo?: () => void }) {
  return (
    <nav aria-label="Views">
      <Link to="/views/$viewId" params={{ viewId: "open" }} onClick={onGo}>All open</Link>
    </nav>
  );
}
