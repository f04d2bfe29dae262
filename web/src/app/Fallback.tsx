import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { buttonClass, EmptyState, ErrorNote } from "@/ui";
import classes from "./Shell.module.css";
import { useT } from "./messages";

/** A page that threw: the rest of the app goes on. */
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const t = useT();
  return (
    <div className={classes.broken}>
      <ErrorNote title={t("broken")} error={error} onRetry={reset} />
    </div>
  );
}

export function MissingPage() {
  const t = useT();
  return (
    <EmptyState title={t("notFound")} actions={<Link to="/" className={buttonClass("primary")}>{t("home")}</Link>}>
      {t("notFoundText")}
    </EmptyState>
  );
}
