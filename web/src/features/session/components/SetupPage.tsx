import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { meQuery } from "@/lib/me";
import { useTitle } from "@/lib/title";
import { ErrorNote } from "@/ui";
import { setupQuery } from "../api";
import { useT } from "../messages";
import { AccountStep } from "./AccountStep";
import { Card } from "./Card";
import { MailStep, TryStep } from "./MailSteps";

/** First run (UX-6): the account, how mail gets in, and a first ticket. Each step has its address. */
export function SetupPage() {
  const t = useT();
  const { step } = useSearch({ from: "/setup" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const setup = useQuery(setupQuery);
  useTitle(t("setupTitle"));
  const number = step === "mail" ? 2 : step === "try" ? 3 : 1;
  if (setup.isError) return <Card><ErrorNote error={setup.error} onRetry={() => void setup.refetch()} /></Card>;
  if (!setup.data) return null;
  if (!step && !setup.data.needed) return <Navigate to="/" replace />;
  return (
    <Card wide step={t("stepOf", { step: number, all: 3 })}>
      {!step && (
        <AccountStep
          onDone={(me) => {
            client.setQueryData(meQuery.queryKey, me);
            void navigate({ to: "/setup", search: { step: "mail" } }).then(() => client.setQueryData(setupQuery.queryKey, { needed: false }));
          }}
        />
      )}
      {step === "mail" && <MailStep />}
      {step === "try" && <TryStep />}
    </Card>
  );
}
