import { useMutation, useQuery } from "@tanstack/react-query";
import { useLoaderData } from "@tanstack/react-router";
import { IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useMe } from "@/lib/me";
import { useTitle } from "@/lib/title";
import { Button, ErrorNote, Skeleton } from "@/ui";
import { answerConsent, consentQuery, type Consent } from "../api";
import { useT } from "../messages";
import type { ConsentRequest } from "../model";
import classes from "./ConsentPage.module.css";

/** Where an app sends an admin to be let in. Whatever is wrong is said here: the address to go back to may be a stranger's. */
export function ConsentPage() {
  const t = useT();
  const request = useLoaderData({ from: "/oauth/authorize" });
  const consent = useQuery(consentQuery(request));
  useTitle(consent.data ? t("consentTitle", { name: consent.data.name }) : t("title"));
  return (
    <Sheet>
      {consent.isPending && <Skeleton height={160} />}
      {consent.error && <ErrorNote title={t("refusedTitle")} error={consent.error} />}
      {consent.data && <Ask consent={consent.data} request={request} />}
    </Sheet>
  );
}

function Sheet({ children }: { children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <img src="/favicon.svg" width={24} height={24} alt="" />
          Deskbell
        </div>
        {children}
      </div>
    </main>
  );
}

function Ask({ consent, request }: { consent: Consent; request: ConsentRequest }) {
  const t = useT();
  const me = useMe();
  const answer = useMutation({
    mutationFn: (allow: boolean) => answerConsent(request, allow),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  // Once it has an answer the page is on its way out; a second one would be another code.
  const gone = answer.isPending || answer.isSuccess;
  return (
    <>
      <h1>{t("consentTitle", { name: consent.name })}</h1>
      {consent.description && <p className={classes.lead}>{consent.description}</p>}
      <p className={classes.asks}>{t("consentMay")}</p>
      <ul className={classes.scopes} tabIndex={0} aria-label={t("consentMay")}>
        {consent.scopes.map((scope) => (
          <li key={scope.name}>
            <IconCheck size={16} aria-hidden />
            <span title={scope.name}>{scope.does}</span>
          </li>
        ))}
      </ul>
      <p className={classes.note}>
        {t("consentBack", { host: consent.host })} {consent.installed && t("consentAgain")} {t("consentAs", { email: me.email })}.
      </p>
      <ErrorNote error={answer.error} />
      <div className={classes.foot}>
        <Button disabled={gone} onClick={() => answer.mutate(false)}>{t("deny")}</Button>
        <Button kind="primary" busy={gone} onClick={() => answer.mutate(true)}>{t("allow")}</Button>
      </div>
    </>
  );
}
